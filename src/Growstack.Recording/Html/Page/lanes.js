// The timeline: a lane for every stack. Only the lanes in sight are drawn, so ten thousand cost no more than ten.

const lanes = (() => {
  const root = $('#lanes');
  const scroller = $('.scroller', root), sizer = $('.sizer', root), canvas = $('canvas', sizer), axis = $('.axis canvas', root);
  const allTime = $('#all-time');
  let hover = null;

  /** Columns and rows as they are at this width. */
  function measure() {
    const width = scroller.clientWidth;
    const narrow = width < 620;
    const left = narrow ? 12 : clamp(width * 0.19, 150, 230);
    const right = narrow ? 12 : 196;
    return { width, narrow, x: left, plot: Math.max(40, width - left - right), row: narrow ? 46 : 34, right: width - right };
  }

  function resize() {
    const { row } = measure();
    const all = view.shown.length * row;
    sizer.style.height = `${Math.max(all, 60)}px`;
    draw();
  }

  function drawAxis(m) {
    const pen = context(axis, m.width, 27);
    const span = view.to - view.from;
    const step = niceStep(span, m.plot / 110);
    pen.font = sans(11.5);
    pen.fillStyle = colour('muted');
    pen.strokeStyle = colour('line-strong');
    pen.textAlign = 'center';
    for (let at = Math.ceil(view.from / step) * step; at <= view.to * (1 + 1e-9); at += step) {
      const x = m.x + (at - view.from) / span * m.plot;
      const text = at === 0 ? '0' : time(at, step);
      const half = pen.measureText(text).width / 2;
      if (x - half > (allTime.hidden ? 0 : 110) && x + half < m.width) pen.fillText(text, x, 12);
      pen.beginPath(); pen.moveTo(x, 22); pen.lineTo(x, 27); pen.stroke();
    }
    if (!m.narrow) {
      pen.textAlign = 'right';
      pen.fillText('used of limit', m.width - 14, 12);
    }
  }

  function draw() {
    const m = measure();
    if (m.width === 0) return;
    allTime.hidden = view.from <= 0 && view.to >= duration;
    drawAxis(m);
    const visible = Math.min(scroller.clientHeight || 400, Math.max(view.shown.length * m.row, 60));
    const pen = context(canvas, m.width, visible);
    if (view.shown.length === 0) {
      pen.font = sans(13.5);
      pen.fillStyle = colour('muted');
      pen.textAlign = 'center';
      pen.fillText(stacks.length === 0 ? 'No stack was recorded.' : 'No stack matches the filter.', m.width / 2, 30);
    }
    const top = scroller.scrollTop;
    const first = Math.floor(top / m.row);
    const last = Math.min(view.shown.length, Math.ceil((top + visible) / m.row));
    for (let i = first; i < last; i++) drawLane(pen, m, view.shown[i], i * m.row - top);
    drawDrag(pen, m, visible);
    canvas.setAttribute('aria-label', `${plural(view.shown.length, 'stack')} from ${time(view.from)} to ${time(view.to)}. ${view.selected ? 'Selected: ' + sentence(view.selected) : ''}. The table below has all figures.`);
  }

  function drawLane(pen, m, stack, y) {
    const selected = stack === view.selected;
    if (selected || stack === hover) {
      pen.fillStyle = colour(selected ? 'accent-soft' : 'sunken');
      pen.fillRect(0, y, m.width, m.row);
    }
    pen.fillStyle = colour('line');
    pen.fillRect(0, y + m.row - 1, m.width, 1);

    const textY = m.narrow ? y + 13 : y + m.row / 2;
    pen.textAlign = 'left';
    pen.fillStyle = stack.level === 'over' ? colour('alarm') : colour('ink');
    pen.font = sans(13, stack.level === 'over' || selected ? 600 : 450);
    const room = m.narrow ? m.width - 150 : m.x - 20;
    const title = fit(pen, stack.title, room * (m.narrow ? 0.75 : 0.72));
    pen.fillText(title, 12, textY);
    const used = pen.measureText(title).width;
    pen.font = sans(11.5);
    pen.fillStyle = colour('muted');
    pen.fillText(fit(pen, String(stack.tid), room - used - 8), 20 + used, textY + 0.5);

    pen.textAlign = 'right';
    pen.font = sans(12);
    pen.fillStyle = stack.level === 'over' ? colour('alarm') : stack.level === 'near' ? colour('warn') : colour('muted');
    const edge = m.width - 14;
    pen.fillText(m.narrow ? percent(stack.share) : `${size(stack.used)} of ${limitText(stack)}`, m.narrow ? edge : edge - 50, textY);
    if (!m.narrow) pen.fillText(percent(stack.share), edge, textY);

    const [ceiling, floor] = m.narrow ? [y + 24, y + m.row - 5] : [y + 6, y + m.row - 6];
    drawCurve(pen, m, stack, ceiling, floor);
  }

  function drawCurve(pen, m, stack, ceiling, floor) {
    const span = view.to - view.from;
    const toX = at => m.x + (at - view.from) / span * m.plot;
    const [x0, x1] = [Math.max(m.x, toX(stack.at)), Math.min(m.x + m.plot, Math.max(toX(stack.end), toX(stack.at) + 1.5))];
    if (x1 < m.x || x0 > m.x + m.plot) return;
    const height = floor - ceiling;
    const toY = depth => depth <= 0 ? floor : floor - Math.max(1.5, Math.min(1, depth / stack.room) * height);

    // What it might have used: pale, with the limit as its upper edge.
    pen.fillStyle = stack === view.selected || stack === hover ? colour('surface') : colour('sunken');
    pen.fillRect(x0, ceiling, x1 - x0, height);
    pen.fillStyle = colour(stack.level === 'over' ? 'alarm-fill' : 'line-strong');
    pen.fillRect(x0, ceiling - 1, x1 - x0, 1);

    pen.beginPath();
    pen.moveTo(x0, floor);
    pen.lineTo(x0, toY(depthAt(stack, view.from)));
    for (let i = 0; i < stack.times.length; i++) {
      const x = toX(stack.times[i]);
      if (x < x0) continue;
      if (x > x1) break;
      pen.lineTo(x, toY(i === 0 ? stack.start : stack.depths[i - 1]));
      pen.lineTo(x, toY(stack.depths[i]));
    }
    pen.lineTo(x1, toY(depthAt(stack, Math.min(view.to, stack.end))));
    pen.lineTo(x1, floor);
    pen.fillStyle = colour(stack.level === 'over' ? 'alarm-fill' : stack.level === 'near' ? 'warn-fill' : 'accent-fill');
    pen.fill();
    if (stack.overflow) drawCross(pen, toX(stack.overflow.at), ceiling - 0.5, m);
  }

  function drawCross(pen, x, y, m) {
    if (x < m.x - 1 || x > m.x + m.plot + 1) return;
    for (const [width, style] of [[5, 'surface'], [2.2, 'alarm']]) {
      pen.lineWidth = width;
      pen.strokeStyle = colour(style);
      pen.beginPath();
      pen.moveTo(x - 4.5, y - 4.5); pen.lineTo(x + 4.5, y + 4.5);
      pen.moveTo(x + 4.5, y - 4.5); pen.lineTo(x - 4.5, y + 4.5);
      pen.stroke();
    }
    pen.lineWidth = 1;
  }

  function drawDrag(pen, m, height) {
    if (drag.from === null || drag.from === drag.to) return;
    const span = view.to - view.from;
    const [a, b] = [drag.from, drag.to].sort((x, y) => x - y).map(at => m.x + (at - view.from) / span * m.plot);
    pen.globalAlpha = 0.16;
    pen.fillStyle = colour('accent');
    pen.fillRect(a, 0, b - a, height);
    pen.globalAlpha = 1;
  }

  const schedule = picture(canvas, draw);
  const drag = dragTime(canvas, () => { const m = measure(); return { x: m.x, width: m.plot }; }, schedule);
  const under = event => view.shown[Math.floor((event.offsetY + scroller.scrollTop) / measure().row)] ?? null;

  canvas.addEventListener('pointermove', event => {
    const stack = under(event);
    if (stack === hover) return;
    hover = stack;
    canvas.title = stack ? sentence(stack) : '';
    schedule();
  });
  canvas.addEventListener('pointerleave', () => { hover = null; schedule(); });
  canvas.addEventListener('click', event => { if (!drag.moved) select(under(event)); drag.moved = false; });
  scroller.addEventListener('scroll', schedule, { passive: true });
  scroller.addEventListener('keydown', event => {
    const page = Math.max(1, Math.floor(scroller.clientHeight / measure().row) - 1);
    const moves = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity };
    if (event.key in moves) { step(moves[event.key]); reveal(); }
    else if (!timeKey(event)) return;
    event.preventDefault();
  });
  allTime.addEventListener('click', () => { showTime(0, duration); scroller.focus(); });

  /** Scrolls the selected lane into sight, within the lanes only. */
  function reveal() {
    const { row } = measure();
    const y = view.shown.indexOf(view.selected) * row;
    if (y < 0) return;
    if (y < scroller.scrollTop) scroller.scrollTop = y;
    else if (y + row > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = y + row - scroller.clientHeight;
  }

  new ResizeObserver(resize).observe(scroller);
  on('list', () => { scroller.scrollTop = 0; resize(); reveal(); });
  on('select', () => { reveal(); schedule(); });
  on('time', schedule);
  return { resize };
})();
