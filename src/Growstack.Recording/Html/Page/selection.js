// Which stacks are shown, in what order, in which span of time, and which one is selected: shared by timeline, chart and table.

const view = {
  filter: '', which: 'all', process: -1,
  key: 'rank', descending: false,
  from: 0, to: duration,
  shown: stacks,
  selected: stacks[0],
};

const listeners = { list: [], select: [], time: [] };
const on = (event, listener) => listeners[event].push(listener);
const emit = event => listeners[event].forEach(listener => listener());

const filters = {
  all: () => true,
  overflow: stack => stack.level === 'over',
  near: stack => stack.share >= NEAR || stack.level === 'over',
  grown: stack => stack.growths > 0,
  main: stack => stack.main,
  thread: stack => !stack.main,
};

const keys = {
  rank: stack => stack.rank,
  title: stack => stack.title,
  process: stack => `${stack.proc.name} ${String(stack.proc.pid).padStart(10)}`,
  used: stack => stack.used,
  limit: stack => stack.unlimited ? Infinity : stack.room,
  share: stack => stack.overflow ? Math.max(1, stack.share) + 1 : stack.share,
  growths: stack => stack.growths,
  from: stack => stack.from ?? '',
  tid: stack => stack.tid,
  at: stack => stack.at,
  life: stack => stack.life,
};

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Applies filter and order. */
function refresh() {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const passes = filters[view.which];
  const key = keys[view.key];
  const sign = view.descending ? -1 : 1;
  view.shown = stacks
    .filter(s => passes(s) && (view.process < 0 || s.process === view.process) && words.every(word => s.search.includes(word)))
    .map(stack => [key(stack), stack])
    .sort(([a, s], [b, t]) => sign * (typeof a === 'string' ? collator.compare(a, b) : a < b ? -1 : a > b ? 1 : 0) || s.rank - t.rank)
    .map(([, stack]) => stack);
  emit('list');
}

function select(stack, scroll = false) {
  if (!stack) return;
  view.selected = stack;
  emit('select');
  if (scroll) $('#lanes').scrollIntoView({ block: 'start' });
}

/** Moves the selection within what is shown. */
function step(by) {
  const { shown } = view;
  if (shown.length === 0) return;
  const here = shown.indexOf(view.selected);
  select(shown[clamp(here < 0 ? 0 : here + by, 0, shown.length - 1)]);
  announce(sentence(view.selected));
}

/** Shows a span of time; never shorter than 20 µs. */
function showTime(from, to) {
  const span = clamp(to - from, Math.min(20, duration), duration);
  view.from = clamp((from + to - span) / 2, 0, duration - span);
  view.to = view.from + span;
  emit('time');
}

function zoomTime(factor, centre = (view.from + view.to) / 2) {
  showTime(centre - (centre - view.from) * factor, centre + (view.to - centre) * factor);
  announce(`${time(view.from)} to ${time(view.to)}`);
}

function panTime(share) {
  const by = (view.to - view.from) * share;
  const moved = clamp(by, -view.from, duration - view.to);
  showTime(view.from + moved, view.to + moved);
}

/** Keys that work wherever time is drawn. */
function timeKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  switch (event.key) {
    case '+': case '=': zoomTime(0.5); return true;
    case '-': zoomTime(2); return true;
    case '0': case 'Escape': showTime(0, duration); return true;
    case 'ArrowLeft': panTime(-0.2); return true;
    case 'ArrowRight': panTime(0.2); return true;
    default: return false;
  }
}

/** Dragging across a picture of time zooms; `plot` says where time lies in it. Returns the drag that is under way. */
function dragTime(canvas, plot, redraw) {
  const drag = { from: null, to: null };
  const at = event => clamp(view.from + (event.offsetX - plot().x) / plot().width * (view.to - view.from), view.from, view.to);
  canvas.addEventListener('pointerdown', event => {
    if (event.pointerType !== 'mouse' || event.button !== 0 || event.offsetX < plot().x) return;
    canvas.setPointerCapture(event.pointerId);
    drag.from = drag.to = at(event);
  });
  canvas.addEventListener('pointermove', event => {
    if (drag.from === null) return;
    drag.to = at(event);
    redraw();
  });
  const finish = event => {
    if (drag.from === null) return;
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    drag.moved = (to - from) / (view.to - view.from) * plot().width > 5;
    drag.from = drag.to = null;
    if (drag.moved && event.type === 'pointerup') showTime(from, to);
    else redraw();
  };
  canvas.addEventListener('pointerup', finish);
  canvas.addEventListener('pointercancel', finish);
  canvas.addEventListener('dblclick', () => showTime(0, duration));
  return drag;
}
