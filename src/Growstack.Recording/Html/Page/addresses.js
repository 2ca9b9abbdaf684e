// The address map as a picture: memory from its top down, a row for every stack with guard, gap and grown part to scale; other mappings folded.

(() => {
  const list = $('#map'), picker = $('#map-picker'), more = $('#map-more');
  const GUARD = 2, ANONYMOUS = 3, FILE = 4;
  const NAMES = ['stack', 'gap', 'guard', 'anonymous', 'file'];
  const FOLD = 3, CHUNK = 80, WIDE_HOLE = 64 << 20;
  let map = null, limit = CHUNK, opened = new Set(), byTop = new Map();

  // Addresses of mappings are page-aligned and so exact as doubles.
  const number = hex => Number('0x' + hex);
  const address = value => '0x' + value.toString(16);
  const unpack = entry => ({ start: number(entry[0]), end: number(entry[1]), kind: entry[2], protection: entry[3], name: entry[4] });
  const sum = (pieces, pick = () => true) => pieces.reduce((total, piece) => total + (pick(piece) ? piece.end - piece.start : 0), 0);

  /** Adjacent pieces of one stack make a row; runs of other mappings are folded; all from the top down. */
  function rows() {
    const pieces = map.entries.map(unpack);
    const result = [];
    for (let i = 0; i < pieces.length;) {
      const first = pieces[i];
      const other = first.kind >= ANONYMOUS;
      let j = i + 1;
      const belongs = other
        ? piece => piece.kind >= ANONYMOUS
        : piece => piece.kind <= GUARD && piece.start === pieces[j - 1].end && piece.kind < pieces[j - 1].kind && piece.name === first.name;
      while (j < pieces.length && belongs(pieces[j])) j++;
      const run = pieces.slice(i, j);
      if (!other) result.push({ kind: 'stack', pieces: run });
      else if (run.length >= FOLD && !opened.has(first.start)) result.push({ kind: 'folded', pieces: run });
      else result.push(...run.map(piece => ({ kind: 'other', pieces: [piece] })));
      i = j;
    }
    for (const row of result) [row.start, row.end] = [row.pieces[0].start, row.pieces.at(-1).end];
    return result.reverse();
  }

  /** Between rows lengths compare as logarithms: a page and a terabyte both have to be seen. */
  const length = bytes => clamp(8 + 92 * Math.log2(Math.max(1, bytes / data.page)) / 20, 8, 100);

  function bar(row) {
    const text = row.pieces.length > 8 ? 'mappings' : row.pieces.map(piece => `${NAMES[piece.kind]} ${size(piece.end - piece.start)}`).join(', ');
    const element = make('span', { class: 'bar', role: 'img', 'aria-label': text });
    const shown = row.kind === 'folded' ? [FILE, ANONYMOUS].map(kind => ({ kind, start: 0, end: sum(row.pieces, p => p.kind === kind) })).filter(p => p.end > 0) : row.pieces;
    for (const piece of shown) {
      const part = make('i', { class: `k${piece.kind}` });
      part.style.flexGrow = String(piece.end - piece.start);
      element.append(part);
    }
    element.style.width = `${length(sum(row.pieces))}%`;
    return element;
  }

  function what(row) {
    const bytes = size(sum(row.pieces));
    if (row.kind === 'folded') {
      const open = () => { opened.add(row.start); draw(); };
      return [make('button', { type: 'button', onclick: open }, plural(row.pieces.length, 'other mapping')), make('small', {}, bytes)];
    }
    if (row.kind === 'other') {
      const [{ kind, name, protection }] = row.pieces;
      return [make('b', { title: name || undefined }, name ? name.slice(name.lastIndexOf('/') + 1) : NAMES[kind]), make('small', {}, `${bytes} ${protection}`)];
    }
    const stack = byTop.get(row.end);
    const title = stack?.title ?? (row.pieces[0].name || 'stack');
    const grown = sum(row.pieces, piece => piece.kind === 0);
    const name = stack ? make('button', { type: 'button', onclick: () => select(stack, true) }, title) : make('b', {}, title);
    return [name, stack?.overflow ? make('span', { class: 'badge overflow' }, 'overflow') : null, make('small', {}, grown > 0 ? `${size(grown)} of ${size(sum(row.pieces, piece => piece.kind !== GUARD))} grown` : `${bytes}, ${NAMES[row.pieces[0].kind]}`)];
  }

  function item(row, above) {
    const hole = above ? above.start - row.end : 0;
    const element = make('li', { class: hole > 0 && hole < WIDE_HOLE ? 'apart' : undefined },
      make('span', { class: 'address' }, address(row.start)),
      make('span', { class: 'track' }, bar(row)),
      make('span', { class: 'what' }, ...what(row)));
    return hole < WIDE_HOLE ? [element] : [
      make('li', { class: 'hole' }, make('span', { class: 'address', 'aria-hidden': 'true' }, '⋮'), make('span', { class: 'what' }, `${size(hole)} unmapped`)),
      element,
    ];
  }

  function draw() {
    const all = rows();
    list.replaceChildren(...all.slice(0, limit).flatMap((row, i) => item(row, all[i - 1])));
    more.hidden = all.length <= limit;
    more.textContent = `Show ${count(Math.min(CHUNK * 5, all.length - limit))} more of ${count(all.length - limit)}`;
    $('#addresses-hint').textContent = map.partial
      ? 'The map was not recorded; these are the stacks. The highest addresses are at the top; lengths are logarithmic, but within a stack to scale, low to high.'
      : 'As it was when the process ended. The highest addresses are at the top; lengths are logarithmic, but within a stack to scale, low to high.';
  }

  function show(index) {
    map = maps[index];
    [limit, opened] = [CHUNK, new Set()];

    // Of stacks that were in the same place one after the other, the last is the one in the map.
    byTop = new Map(stacks.filter(stack => stack.process === map.process).sort((a, b) => a.at - b.at).map(stack => [number(stack.high), stack]));
    draw();
  }

  if (maps.length === 0) { $('#addresses').hidden = true; return; }
  picker.replaceChildren(...maps.map((m, i) => make('option', { value: i }, `${processes[m.process].name} ${processes[m.process].pid}`)));
  picker.parentElement.hidden = maps.length < 2;
  picker.addEventListener('change', () => show(Number(picker.value)));
  more.addEventListener('click', () => { limit += CHUNK * 5; draw(); });
  $('#addresses form').addEventListener('submit', event => event.preventDefault());

  // Begin with the process of the riskiest stack, and not before somebody comes near.
  const wanted = Math.max(0, maps.findIndex(m => m.process === stacks[0]?.process));
  picker.value = String(wanted);
  new IntersectionObserver((changes, observer) => {
    if (!changes.some(change => change.isIntersecting)) return;
    observer.disconnect();
    show(wanted);
  }, { rootMargin: '800px' }).observe($('#addresses'));
})();
