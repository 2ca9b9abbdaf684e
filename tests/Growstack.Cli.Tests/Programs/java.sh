# javac compiles a program, java runs it: deep recursion, its own overflow caught, many threads, a child process.
. "$(dirname "$0")/common.sh"
$UNDER javac -d "$work" "$here/Stacks.java"
echo "compiled with $?"
$UNDER java -Xss16m -cp "$work" Stacks
