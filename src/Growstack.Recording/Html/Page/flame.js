// The flame graph, hanging down like icicles: callers above, what they call below, width is weight.

const flame = (() => {
  const root = $('#flame'), canvas = $('.scroller canvas', root), scroller = $('.scroller', root);
  const readout = $('#flame-readout'), find = $('#flame-find'), found = $('#flame-found'), reset = $('#flame-reset');
  const ROW = 22, NONE = -1;

  let mode = 'bytes', chainOf = null;
  let layout = null, zoom = 0, focus = NONE, hover = NONE, matches = null, boxes = [];
  let frame = { begin: 0, total: 1 }, animation = 0;

  const isBytes = () => layout.metric === 'bytes';
  const weigh = value => isBytes() ? size(value) : mode === 'deepest' ? plural(value, 'frame') : plural(value, 'growth');
  const nameOf = node => node === 0 ? (mode === 'deepest' ? `stack of ${chainOf.title}` : 'all growths') : symbols[layout.tree.symbols[node]][0];
  const moduleOf = node => node === 0 ? '' : symbols[layout.tree.symbols[node]][1];

  /** The heaviest modules have colours of their own, the same in every view; the rest share one. */
  const moduleColours = new Map();
  function assignColours() {
    const weights = new Map();
    const add = ({ tree, total }, share) => tree.symbols.forEach((symbol, i) => {
      const module = i > 0 ? symbols[symbol][1] : '';
      if (module) weights.set(module, (weights.get(module) ?? 0) + total[i] / Math.max(1, total[0]) * share);
    });
    add(layOut(data.growths, 'bytes'), 1);
    for (const chain of chains.slice(0, 20)) add(layOut(chain.tree, chain.sized ? 'bytes' : 'counts'), 0.01);
    const ranked = [...weights].sort((a, b) => b[1] - a[1]);
    ranked.slice(0, 6).forEach(([module], i) => moduleColours.set(module, i));
  }

  function fillLegend() {
    const present = new Set();
    for (let i = 1; i < layout.size; i++) if (layout.total[i] > 0) present.add(moduleOf(i));
    const items = [...moduleColours].filter(([module]) => present.has(module)).map(([module, i]) => make('li', { class: `c${i}` }, module.slice(module.lastIndexOf('/') + 1)));
    const others = [...present].some(module => module && !moduleColours.has(module));
    if (others || present.has('')) items.push(make('li', { class: 'c6' }, others ? 'other modules' : 'not known'));
    $('.legend', root).replaceChildren(...items);
  }

  function show(next, stack = chainOf) {
    mode = next;
    if (mode === 'deepest') {
      chainOf = stack ?? stacks.find(s => s.chain !== undefined);
      const chain = chains[chainOf.chain];
      layout = layOut(chain.tree, chain.sized ? 'bytes' : 'counts');
    } else {
      layout = layOut(data.growths, mode);
    }
    $(`input[value=${mode}]`, root).checked = true;
    [zoom, focus, hover] = [0, NONE, NONE];
    fillLegend();
    search();
    describe();
    fillTable();
    jump();
  }

  function describe() {
    const folded = 'Recursion is folded: a function that calls itself is drawn once, with how often it did.';
    $('#flame-hint').textContent = layout.total[0] === 0 ? 'No call chain was recorded.'
      : mode === 'deepest' ? `The call chain at the deepest point of ${chainOf.title}. Width is ${isBytes() ? 'the stack that its frames take' : 'the number of frames'}. ${folded}`
      : `Where stacks grew. Width is ${mode === 'bytes' ? 'bytes grown' : 'the number of growths'}. ${folded}`;
    tell();
  }

  /** What the line above the picture says. */
  function tell() {
    const node = hover !== NONE ? hover : focus !== NONE ? focus : zoom;
    const parts = [make('b', {}, nameOf(node)), `${weigh(layout.total[node])}, ${percent(layout.total[node] / Math.max(1, layout.total[0]))}`];
    const own = layout.tree[layout.metric][node];
    if (node !== 0 && own > 0 && own < layout.total[node]) parts.push(`itself ${weigh(own)}`);
    if (layout.tree.repeats[node] > 1) parts.push(mode === 'deepest' ? `${count(layout.tree.repeats[node])} times` : `up to ${count(layout.tree.repeats[node])} times in one chain`);
    if (moduleOf(node)) parts.push(moduleOf(node));
    if (node !== 0 && symbols[layout.tree.symbols[node]][2]) parts.push(symbols[layout.tree.symbols[node]][2]);
    // A pointer passing over must not make a screen reader talk without end.
    readout.setAttribute('aria-live', hover !== NONE ? 'off' : 'polite');
    readout.replaceChildren(...parts.map(part => typeof part === 'string' ? make('span', {}, part) : part));
    reset.hidden = zoom === 0;
  }

  function draw() {
    const width = scroller.clientWidth;
    if (width === 0 || !layout) return;
    boxes = [];
    let deepest = 0;
    eachFrame(width, (node, x, w) => { boxes.push({ node, x, w }); deepest = Math.max(deepest, layout.depth[node]); });
    const height = (deepest + 1) * ROW + 1;
    const pen = context(canvas, width, height);
    pen.font = sans(12);
    for (const { node, x, w } of boxes) drawBox(pen, node, x, w, width);
    const marked = boxes.find(box => box.node === focus);
    if (marked && document.activeElement === scroller) {
      pen.strokeStyle = colour('focus');
      pen.lineWidth = 2;
      pen.strokeRect(clamp(marked.x, 0, width - 2) + 1, layout.depth[focus] * ROW + 1, Math.max(3, Math.min(marked.w, width - marked.x) - 2), ROW - 2);
    }
    canvas.setAttribute('aria-label', `Flame graph of ${mode === 'deepest' ? 'the deepest call chain of ' + chainOf.title : 'all growths by ' + (mode === 'bytes' ? 'bytes' : 'count')}. Heaviest: ${byFunction(layout).slice(0, 3).map(f => `${symbols[f.symbol][0]} ${percent(f.self / Math.max(1, layout.total[0]))}`).join(', ')}. The table below has the figures.`);
  }

  /** Visible nodes as the current frame of the zoom has them. */
  function eachFrame(width, visit) {
    if (animation === 0) return eachVisible(layout, zoom, width, visit);
    const scale = width / frame.total;
    const pending = [0];
    while (pending.length > 0) {
      const node = pending.pop();
      const x = (layout.begin[node] - frame.begin) * scale, w = layout.total[node] * scale;
      if (w < 0.5 || x > width || x + w < 0) continue;
      const left = Math.max(0, x);
      visit(node, left, Math.min(width, x + w) - left);
      pending.push(...layout.children[node]);
    }
  }

  function drawBox(pen, node, x, w, width) {
    const y = layout.depth[node] * ROW;
    const above = layout.depth[node] < layout.depth[zoom];
    const dim = matches && !matches.nodes.has(node);
    const place = node === 0 ? 6 : moduleColours.get(moduleOf(node)) ?? 6;
    pen.globalAlpha = dim ? 0.28 : above ? 0.55 : node === hover ? 0.82 : 1;
    pen.fillStyle = node === 0 ? colour('sunken') : colour(`m${place}`);
    pen.fillRect(x, y, Math.max(0.5, w - (w > 3 ? 1 : 0)), ROW - 1);
    pen.globalAlpha = dim ? 0.6 : 1;
    if (w > 22) {
      const repeats = layout.tree.repeats[node];
      pen.fillStyle = node === 0 || dim ? colour('ink') : colour('on-m');
      pen.textAlign = 'left';
      if (matches?.nodes.has(node)) pen.font = sans(12, 650);
      const text = node !== 0 && repeats > 1 ? `${nameOf(node)}  ×${count(repeats)}` : nameOf(node);
      pen.fillText(fit(pen, text, Math.min(w, width - x) - 11), x + 6, y + ROW / 2);
      pen.font = sans(12);
    }
    pen.globalAlpha = 1;
  }

  function jump() {
    cancelAnimationFrame(animation);
    animation = 0;
    frame = { begin: layout.begin[zoom], total: Math.max(1, layout.total[zoom]) };
    scroller.scrollTop = 0;
    schedule();
  }

  function zoomTo(node) {
    if (layout.total[node] === 0) return;
    const from = { begin: layout.begin[zoom], total: Math.max(1, layout.total[zoom]) };
    const to = { begin: layout.begin[node], total: Math.max(1, layout.total[node]) };
    zoom = node;
    focus = node;
    tell();
    cancelAnimationFrame(animation);
    animation = 0;
    if (calm.matches || layout.size > 8000) { jump(); return; }
    const began = performance.now();
    const tick = now => {
      const t = Math.min(1, (now - began) / 180);
      const ease = 1 - (1 - t) ** 3;
      frame = { begin: from.begin + (to.begin - from.begin) * ease, total: from.total * (to.total / from.total) ** ease };
      if (t >= 1) { animation = 0; draw(); return; }
      draw();
      animation = requestAnimationFrame(tick);
    };
    animation = requestAnimationFrame(tick);
  }

  function search() {
    const text = find.value.trim();
    matches = text ? findIn(layout, text) : null;
    found.textContent = !matches ? '' : matches.nodes.size === 0 ? 'not found' : `${percent(matches.weight / Math.max(1, layout.total[0]))} in ${plural(new Set([...matches.nodes].map(n => layout.tree.symbols[n])).size, 'function')}`;
    schedule();
  }

  /** Arrow keys: up to the caller, down to the heaviest callee, sideways to the neighbours under the same caller. */
  function walk(key) {
    const here = focus === NONE ? zoom : focus;
    const siblings = here === 0 ? [0] : layout.children[layout.parents[here]];
    const next = {
      ArrowUp: layout.parents[here],
      ArrowDown: layout.children[here][0],
      ArrowLeft: siblings[siblings.indexOf(here) - 1],
      ArrowRight: siblings[siblings.indexOf(here) + 1],
      Home: 0,
    }[key];
    if (focus === NONE && key !== 'ArrowDown') focus = here;
    else if (next !== undefined && next >= 0) focus = next;
    hover = NONE;

    // The focus stays within what the zoom shows.
    const path = pathTo(layout, zoom);
    if (!path.includes(focus) && !pathTo(layout, focus).includes(zoom)) zoom = layout.parents[focus];
    const y = layout.depth[focus] * ROW;
    if (y < scroller.scrollTop) scroller.scrollTop = y;
    else if (y + ROW > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = y + ROW - scroller.clientHeight;
    tell();
    schedule();
  }

  function fillTable() {
    const all = Math.max(1, layout.total[0]);
    const noun = isBytes() ? 'Bytes' : mode === 'deepest' ? 'Frames' : 'Growths';
    const table = $('.functions table', root);
    headings(table.tHead.rows[0], [{ name: 'Function' }, { name: `${noun}, itself`, num: true }, { name: 'Share', num: true }, { name: 'With what it called', num: true }, { name: 'Recursion', num: true }, { name: 'Module' }]);
    const cell = (text, num = true) => make('td', { class: num ? 'num' : undefined }, text);
    const weight = value => isBytes() ? size(value) : count(value);
    table.tBodies[0].replaceChildren(...byFunction(layout).slice(0, 100).map(f => make('tr', {},
      make('th', { scope: 'row', title: symbols[f.symbol][0] }, symbols[f.symbol][0]),
      cell(weight(f.self)), cell(percent(f.self / all)), cell(weight(f.total)), cell(f.repeats > 1 ? `×${count(f.repeats)}` : '–'), cell(symbols[f.symbol][1], false))));
  }

  const at = event => {
    const level = Math.floor(event.offsetY / ROW);
    return boxes.find(box => layout.depth[box.node] === level && event.offsetX >= box.x && event.offsetX < box.x + Math.max(1, box.w))?.node ?? NONE;
  };

  const schedule = picture(canvas, draw);
  canvas.addEventListener('pointermove', event => {
    const node = at(event);
    if (node === hover) return;
    hover = node;
    tell();
    schedule();
  });
  canvas.addEventListener('pointerleave', () => { hover = NONE; tell(); schedule(); });
  canvas.addEventListener('click', event => { const node = at(event); if (node !== NONE) zoomTo(node); });
  scroller.addEventListener('keydown', event => {
    if (['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home'].includes(event.key)) walk(event.key);
    else if (event.key === 'Enter' || event.key === ' ') zoomTo(focus === NONE ? 0 : focus);
    else if (event.key === 'Escape' || event.key === 'Backspace') zoomTo(Math.max(0, layout.parents[zoom]));
    else return;
    event.preventDefault();
  });
  scroller.addEventListener('focus', schedule);
  scroller.addEventListener('blur', schedule);
  find.addEventListener('input', search);
  reset.addEventListener('click', () => { zoomTo(0); scroller.focus({ preventScroll: true }); });
  for (const radio of root.querySelectorAll('input[name=flame-view]')) radio.addEventListener('change', () => show(radio.value, chainOf ?? deepest));
  for (const form of [find.form]) form.addEventListener('submit', event => event.preventDefault());

  const deepest = stacks.find(stack => stack.chain !== undefined);
  if (!deepest) $('input[value=deepest]', root).disabled = true;
  assignColours();
  show('bytes');

  return {
    /** Shows one stack's deepest chain. */
    showChain(stack) {
      show('deepest', stack);
      root.scrollIntoView({ block: 'start' });
      scroller.focus({ preventScroll: true });
    },
  };
})();
