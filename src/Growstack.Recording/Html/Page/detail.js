// The selected stack: its growth against its limit, large, and its facts.

(() => {
  const root = $('#detail'), canvas = $('.chart canvas', root), readout = $('.chart .readout', root);
  let pointer = null;

  const plot = () => ({ x: 64, width: Math.max(40, root.querySelector('.chart').clientWidth - 64 - 14) });

  /** The limit over time: pairs of time and bytes, -1 for none. */
  function limits(stack) {
    if (!stack.limits) return stack.unlimited ? [] : [[stack.at, stack.room]];
    const steps = [[stack.at, stack.firstLimit]];
    for (let i = 0; i < stack.limits.length; i += 2) steps.push([stack.limits[i], stack.limits[i + 1]]);
    return steps;
  }

  function draw() {
    const stack = view.selected;
    const width = canvas.parentElement.clientWidth, height = canvas.clientHeight || 230;
    if (!stack || width === 0) return;
    const pen = context(canvas, width, innerWidth <= 640 ? 190 : 230);
    const p = plot();
    const [top, bottom] = [26, (innerWidth <= 640 ? 190 : 230) - 24];
    const deepest = Math.max(stack.used, stack.mapped, 1);
    const ceiling = Math.max(...limits(stack).map(([, bytes]) => bytes), stack.unlimited ? 0 : stack.room);

    // A limit far away would flatten the curve: then it is named, not drawn.
    const far = ceiling > deepest * 8;
    const most = far || ceiling <= 0 ? deepest * 1.25 : Math.max(deepest, ceiling) * 1.06;
    const span = view.to - view.from;
    const toX = at => p.x + (at - view.from) / span * p.width;
    const toY = bytes => bottom - bytes / most * (bottom - top);
    drawGrid(pen, p, { top, bottom, most, span, toX, toY });

    pen.save();
    pen.beginPath();
    pen.rect(p.x, 0, p.width + 10, bottom + 1);
    pen.clip();
    drawArea(pen, stack, toX, toY, bottom);
    if (far || ceiling <= 0) {
      pen.fillStyle = colour('muted');
      pen.font = sans(12);
      pen.textAlign = 'left';
      pen.fillText(stack.unlimited ? 'no limit' : `↑ limit ${size(stack.room)}, far above`, p.x + 6, top - 12);
    } else drawLimit(pen, p, stack, toX, toY);
    if (stack.overflow) drawOverflow(pen, p, stack, toX, toY);
    pen.restore();
    drawPointer(pen, p, stack, { top, bottom, span, toX, toY });
    canvas.setAttribute('aria-label', `${sentence(stack)}. It grew ${plural(stack.growths, 'time')}, from ${size(stack.start)} to ${size(stack.mapped)} mapped.`);
  }

  function drawGrid(pen, p, { top, bottom, most, span, toX, toY }) {
    pen.font = sans(11.5);
    pen.strokeStyle = colour('line');
    pen.fillStyle = colour('muted');
    pen.textAlign = 'right';
    const step = niceStep(most, (bottom - top) / 48, 2);
    for (let bytes = 0; bytes <= most; bytes += step) {
      const y = Math.round(toY(bytes)) + 0.5;
      pen.beginPath(); pen.moveTo(p.x, y); pen.lineTo(p.x + p.width, y); pen.stroke();
      pen.fillText(bytes === 0 ? '0' : size(bytes), p.x - 8, y);
    }
    pen.textAlign = 'center';
    const tick = niceStep(span, p.width / 110);
    for (let at = Math.ceil(view.from / tick) * tick; at <= view.to * (1 + 1e-9); at += tick) {
      const x = toX(at);
      if (x > p.x + p.width - 16 && at !== 0) continue;
      pen.fillText(at === 0 ? '0' : time(at, tick), Math.max(x, p.x + 4), bottom + 13);
    }
  }

  function drawArea(pen, stack, toX, toY, bottom) {
    const end = Math.max(toX(stack.end), toX(stack.at) + 1.5);
    const trace = () => {
      pen.beginPath();
      pen.moveTo(toX(stack.at), bottom);
      pen.lineTo(toX(stack.at), toY(stack.start));
      stack.times.forEach((at, i) => {
        pen.lineTo(toX(at), toY(i === 0 ? stack.start : stack.depths[i - 1]));
        pen.lineTo(toX(at), toY(stack.depths[i]));
      });
      pen.lineTo(end, toY(stack.depths.at(-1) ?? stack.start));
      pen.lineTo(end, bottom);
    };
    const fill = stack.level === 'over' ? 'alarm-fill' : stack.level === 'near' ? 'warn-fill' : 'accent-fill';
    trace();
    pen.globalAlpha = 0.24;
    pen.fillStyle = colour(fill);
    pen.fill();
    pen.globalAlpha = 1;
    pen.strokeStyle = colour(fill);
    pen.lineWidth = 1.6;
    pen.stroke();
    if (stack.times.length <= 160) {
      pen.fillStyle = colour(fill);
      stack.times.forEach((at, i) => { pen.beginPath(); pen.arc(toX(at), toY(stack.depths[i]), 2.2, 0, 7); pen.fill(); });
    }
    pen.lineWidth = 1;
    if (stack.used < stack.mapped) {
      pen.setLineDash([2, 3]);
      pen.strokeStyle = colour('muted');
      const y = Math.round(toY(stack.used)) + 0.5;
      pen.beginPath(); pen.moveTo(toX(stack.at), y); pen.lineTo(end, y); pen.stroke();
      pen.setLineDash([]);
    }
  }

  function drawLimit(pen, p, stack, toX, toY) {
    const steps = limits(stack);
    pen.strokeStyle = colour(stack.level === 'over' ? 'alarm' : 'ink');
    pen.setLineDash([6, 4]);
    pen.beginPath();
    steps.forEach(([at, bytes], i) => {
      if (bytes < 0) return;
      const y = Math.round(toY(bytes)) + 0.5;
      if (i > 0 && steps[i - 1][1] >= 0) pen.lineTo(toX(at), y); else pen.moveTo(toX(at), y);
      pen.lineTo(toX(steps[i + 1]?.[0] ?? stack.end), y);
    });
    pen.stroke();
    pen.setLineDash([]);
    const [at, bytes] = steps.at(-1);
    if (bytes < 0) return;
    pen.font = sans(12, 550);
    pen.textAlign = 'left';
    pen.fillStyle = colour(stack.level === 'over' ? 'alarm' : 'ink');
    const text = `limit ${size(bytes)}${stack.from ? `, ${stack.from}` : ''}`;
    pen.fillText(fit(pen, text, p.width - 20), Math.max(p.x + 6, Math.min(toX(at) + 6, p.x + p.width - pen.measureText(text).width)), toY(bytes) - 10);
  }

  function drawOverflow(pen, p, stack, toX, toY) {
    const [x, y] = [toX(stack.overflow.at), toY(stack.room)];
    pen.lineWidth = 2.6;
    pen.strokeStyle = colour('alarm');
    pen.beginPath();
    pen.moveTo(x - 5, y - 5); pen.lineTo(x + 5, y + 5); pen.moveTo(x + 5, y - 5); pen.lineTo(x - 5, y + 5);
    pen.stroke();
    pen.lineWidth = 1;
    pen.font = sans(12, 600);
    pen.fillStyle = colour('alarm');
    const right = x + 80 < p.x + p.width;
    pen.textAlign = right ? 'left' : 'right';
    pen.fillText('overflow', x + (right ? 11 : -11), y + 12);
  }

  function drawPointer(pen, p, stack, { top, bottom, span, toX, toY }) {
    if (drag.from !== null && drag.from !== drag.to) {
      pen.globalAlpha = 0.16;
      pen.fillStyle = colour('accent');
      pen.fillRect(Math.min(toX(drag.from), toX(drag.to)), top, Math.abs(toX(drag.to) - toX(drag.from)), bottom - top);
      pen.globalAlpha = 1;
    }
    readout.textContent = '';
    if (pointer === null || pointer < p.x || pointer > p.x + p.width) return;
    const at = view.from + (pointer - p.x) / p.width * span;
    if (at < stack.at || at > stack.end) return;
    const depth = depthAt(stack, at);
    pen.strokeStyle = colour('faint');
    pen.beginPath(); pen.moveTo(pointer + 0.5, top); pen.lineTo(pointer + 0.5, bottom); pen.stroke();
    pen.fillStyle = colour('ink');
    pen.beginPath(); pen.arc(pointer, toY(depth), 3.2, 0, 7); pen.fill();
    readout.textContent = `${time(at)}: ${size(depth)} mapped, ${percent(depth / stack.room)}`;
  }

  function describe() {
    const stack = view.selected;
    root.hidden = !stack;
    if (!stack) return;
    $('#detail-heading').replaceChildren(stack.title, make('small', {}, `${stack.main ? 'main thread' : 'thread'} ${stack.tid} of ${stack.proc.name} ${stack.proc.pid}`));
    const facts = [
      ['Deepest use', `${size(stack.used)}, ${percent(stack.share)}`],
      ['Limit', stack.from ? `${limitText(stack)} (${stack.from})` : limitText(stack)],
      ['Headroom', stack.overflow ? 'none: it overflowed' : size(Math.max(0, stack.room - stack.used))],
      ['Mapped', size(stack.mapped)],
      ['Growths', count(stack.growths)],
      ['Lived', `${time(stack.life)}, from ${stack.at === 0 ? 'the start' : time(stack.at)}`],
      ['Reservation', `0x${stack.low} – 0x${stack.high}`],
      ['Guard', stack.guard === 0 ? 'none' : size(stack.guard)],
    ];
    if (stack.role) facts.push(['Made by', stack.role]);
    if (stack.overflow) facts.push(['Faulting address', `0x${stack.overflow.address}`], ['Instruction', `0x${stack.overflow.instruction}`]);
    $('.facts', root).replaceChildren(...facts.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', { class: value.startsWith('0x') ? 'mono' : undefined }, value))));
    $('#detail-chain').hidden = stack.chain === undefined;
    schedule();
  }

  const schedule = picture(canvas, draw);
  const drag = dragTime(canvas, plot, schedule);
  canvas.addEventListener('pointermove', event => { pointer = event.offsetX; schedule(); });
  canvas.addEventListener('pointerleave', () => { pointer = null; schedule(); });
  on('select', describe);
  on('time', schedule);
})();
