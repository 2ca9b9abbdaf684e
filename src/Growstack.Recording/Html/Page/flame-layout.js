// From a tree of functions to rectangles: totals, order and place of every node. Draws nothing.

/** Trees come as columns, callers before those they call; node 0 is the root. `metric` names the weights: bytes or counts. */
function layOut(tree, metric) {
  const parents = tree.parents, n = parents.length;
  const total = Float64Array.from(tree[metric]);
  const depth = new Int32Array(n);
  const children = Array.from({ length: n }, () => []);
  for (let i = n - 1; i > 0; i--) total[parents[i]] += total[i];
  for (let i = 1; i < n; i++) {
    depth[i] = depth[parents[i]] + 1;
    if (total[i] > 0) children[parents[i]].push(i);
  }

  // The heaviest to the left; where each begins is counted in weight, not in pixels.
  const begin = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    children[i].sort((a, b) => total[b] - total[a] || a - b);
    let at = begin[i];
    for (const child of children[i]) { begin[child] = at; at += total[child]; }
  }
  return { tree, metric, parents, children, total, begin, depth, size: n };
}

/** The nodes from the root to a node. */
function pathTo(layout, node) {
  const path = [];
  for (let i = node; i >= 0; i = layout.parents[i]) path.unshift(i);
  return path;
}

/** Calls `visit(node, x, width)` for every node that is at least half a pixel wide when `zoom` fills the width. */
function eachVisible(layout, zoom, width, visit) {
  const scale = width / Math.max(1, layout.total[zoom]);
  for (const node of pathTo(layout, zoom).slice(0, -1)) visit(node, 0, width);
  const pending = [zoom];
  while (pending.length > 0) {
    const node = pending.pop();
    const w = layout.total[node] * scale;
    if (w < 0.5) continue;
    visit(node, (layout.begin[node] - layout.begin[zoom]) * scale, w);
    for (const child of layout.children[node]) {
      // Children come heaviest first.
      if (layout.total[child] * scale < 0.5) break;
      pending.push(child);
    }
  }
}

/** Nodes whose function matches, and their weight; what a match calls is not counted twice. */
function findIn(layout, text) {
  const words = text.toLowerCase();
  const matching = new Set();
  symbols.forEach(([name, module], i) => { if (name.toLowerCase().includes(words) || module.toLowerCase().includes(words)) matching.add(i); });
  const nodes = new Set();
  const covered = new Uint8Array(layout.size);
  let weight = 0;
  for (let i = 1; i < layout.size; i++) {
    covered[i] = covered[layout.parents[i]];
    if (layout.total[i] === 0 || !matching.has(layout.tree.symbols[i])) continue;
    nodes.add(i);
    if (!covered[i]) { weight += layout.total[i]; covered[i] = 1; }
  }
  return { nodes, weight };
}

/** Functions with their weights over all paths, the heaviest of their own first. Recursion is folded: no path has a function twice. */
function byFunction(layout) {
  const functions = new Map();
  const own = layout.tree[layout.metric];
  for (let i = 1; i < layout.size; i++) {
    const symbol = layout.tree.symbols[i];
    const entry = functions.get(symbol) ?? { symbol, self: 0, total: 0, repeats: 0 };
    entry.self += own[i];
    entry.total += layout.total[i];
    entry.repeats = Math.max(entry.repeats, layout.tree.repeats[i]);
    functions.set(symbol, entry);
  }
  return [...functions.values()].sort((a, b) => b.self - a.self || b.total - a.total);
}
