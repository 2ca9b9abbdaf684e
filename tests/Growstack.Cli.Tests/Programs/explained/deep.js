// Recursion without an end, compiled at run time, on a stack that V8 believes to be larger than it is.
function visit(n) { return n === 0 ? 0 : 1 + visit(n - 1); }
for (let i = 0; i < 20000; i++) visit(100);
visit(1e9);
