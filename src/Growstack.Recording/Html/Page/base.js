// Small tools that every part of the page uses.

document.documentElement.classList.add('scripted');

const $ = (selector, within = document) => within.querySelector(selector);

/** Makes an element. Text is always set as text, never as markup. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.className = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

const NBSP = '\u00a0';

/** 4 KiB, 1.2 MiB. */
function size(bytes) {
  const prefixes = 'KMGTPE';
  let unit = 0, scale = 1;
  while (unit < prefixes.length && bytes / scale >= 1024) { scale *= 1024; unit++; }
  if (unit === 0) return `${Math.round(bytes)}${NBSP}B`;
  const value = bytes / scale;
  return `${value.toFixed(bytes % scale === 0 || value >= 100 ? 0 : 1)}${NBSP}${prefixes[unit - 1]}iB`;
}

/** 340 µs, 12.4 ms, 1.28 s, 2 min 3 s; with a step, as precise as the step needs. */
function time(us, step = 0) {
  if (us >= 120e6 && (step === 0 || step >= 1e6)) return `${Math.floor(us / 60e6)}${NBSP}min${NBSP}${Math.floor(us / 1e6) % 60}${NBSP}s`;
  const [unit, name] = us >= 1e6 || step >= 1e6 ? [1e6, 's'] : us >= 1e3 || step >= 1e3 ? [1e3, 'ms'] : [1, 'µs'];
  const value = us / unit;
  const digits = step > 0 ? Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9)) : unit === 1 || value >= 100 ? 0 : value < 10 ? 2 : 1;
  return `${value.toFixed(Math.min(digits, 6))}${NBSP}${name}`;
}

/** 0.4 %, 91 %; just short of everything never reads as everything. */
function percent(share) {
  let value = share * 100;
  if (value >= 99.5 && value < 100) value = 99;
  return `${value.toFixed(value >= 9.95 || value === 0 ? 0 : 1)}${NBSP}%`;
}

/** 41 732. */
const count = number => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, '\u202f');

const plural = (number, one, many = one + 's') => `${count(number)}${NBSP}${number === 1 ? one : many}`;

/** Says something to those who listen rather than look. */
const announce = text => { $('#announcer').textContent = text; };

const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

/** A colour of the style sheet, as it is in this theme. */
let theme = getComputedStyle(document.documentElement);
const themeCache = new Map();
function colour(name) {
  if (!themeCache.has(name)) themeCache.set(name, theme.getPropertyValue('--' + name).trim());
  return themeCache.get(name);
}

const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** Pictures that are drawn again when the window, the theme or the data change; at most once a frame, and only while they can be seen. */
const pictures = [];
function picture(canvas, draw) {
  const entry = { canvas, draw, due: false, visible: true };
  entry.schedule = () => {
    if (entry.due) return;
    entry.due = true;
    requestAnimationFrame(() => {
      if (!entry.visible) return;
      entry.due = false;
      entry.draw();
    });
  };
  new IntersectionObserver(changes => {
    entry.visible = changes.at(-1).isIntersecting;
    if (entry.visible && entry.due) { entry.due = false; entry.schedule(); }
  }, { rootMargin: '200px' }).observe(canvas);
  new ResizeObserver(entry.schedule).observe(canvas.parentElement);
  pictures.push(entry);
  return entry.schedule;
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  theme = getComputedStyle(document.documentElement);
  themeCache.clear();
  for (const { schedule } of pictures) schedule();
});

/** A canvas's context, cleared, in CSS pixels, sharp on every screen. */
function context(canvas, width, height) {
  const scale = devicePixelRatio || 1;
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext('2d');
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.textBaseline = 'middle';
  return pen;
}

const sans = (px, weight = 400) => `${weight} ${px}px ${colour('sans')}`;

/** As much of a text as fits. */
function fit(pen, text, width) {
  if (width < 14) return '';
  if (pen.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(text.slice(0, middle) + '…').width <= width) low = middle; else high = middle - 1;
  }
  return low > 0 ? text.slice(0, low) + '…' : '';
}

/** Round steps for an axis: about `wanted` of them up to `span`. */
function niceStep(span, wanted, base = 10) {
  const raw = span / Math.max(1, wanted);
  if (base === 2) return 2 ** Math.ceil(Math.log2(Math.max(1, raw)));
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map(factor => factor * power).find(step => step >= raw * 0.999);
}

/** A table's head: plain, or with a button that sorts. */
function headings(row, columns, sort) {
  row.replaceChildren(...columns.map(column => {
    const label = sort && column.key ? make('button', { type: 'button', onclick: () => sort(column) }, column.name) : column.name;
    return make('th', { scope: 'col', class: column.num ? 'num' : undefined, 'data-key': column.id }, label);
  }));
}
