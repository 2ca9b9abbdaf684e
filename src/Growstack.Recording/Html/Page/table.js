// The table of stacks: sorted by its headings, filtered with the timeline, a hundred rows at a time.

(() => {
  const root = $('#table'), body = $('tbody', root), more = $('#more');
  const CHUNK = 100;
  let rows = CHUNK;

  // `down`: what is largest comes first when the column is first chosen.
  const columns = [
    { id: 'title', name: 'Thread', key: 'title' },
    { id: 'share', name: 'Used of limit', key: 'share', num: true, down: true },
    { id: 'used', name: 'Used', key: 'used', num: true, down: true },
    { id: 'limit', name: 'Limit', key: 'limit', num: true, down: true },
    { id: 'growths', name: 'Growths', key: 'growths', num: true, down: true },
    { id: 'from', name: 'Limit from', key: 'from' },
    { id: 'process', name: 'Process', key: 'process' },
    { id: 'tid', name: 'Thread id', key: 'tid', num: true },
    { id: 'at', name: 'Began', key: 'at', num: true },
    { id: 'life', name: 'Lived', key: 'life', num: true, down: true },
  ];

  function sort(column) {
    if (view.key === column.key) view.descending = !view.descending;
    else [view.key, view.descending] = [column.key, column.down === true];
    refresh();
    announce(`Sorted by ${column.name}, ${view.descending ? 'descending' : 'ascending'}`);
  }

  /** A bar for the eye; the number beside it is for everyone. */
  function bar(share) {
    const ns = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(ns, 'svg');
    svg.setAttribute('viewBox', '0 0 100 8');
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    const rect = document.createElementNS(ns, 'rect');
    rect.setAttribute('width', String(clamp(share * 100, share > 0 ? 1 : 0, 100)));
    rect.setAttribute('height', '8');
    svg.append(rect);
    return svg;
  }

  function row(stack) {
    const cell = (text, num) => make('td', { class: num ? 'num' : undefined }, text);
    return make('tr', { 'data-stack': stack.id, 'aria-current': stack === view.selected ? 'true' : undefined },
      make('th', { scope: 'row' },
        make('button', { type: 'button', title: stack.title }, stack.title),
        stack.overflow ? make('span', { class: 'badge overflow' }, 'overflow') : stack.main ? make('span', { class: 'badge' }, 'main') : stack.role ? make('span', { class: 'badge' }, stack.role) : null),
      make('td', {}, make('span', { class: `share ${stack.level}` }, bar(stack.share), percent(stack.share))),
      cell(size(stack.used), true),
      cell(limitText(stack), true),
      cell(count(stack.growths), true),
      cell(stack.from ?? ''),
      make('td', {}, stack.proc.name + ' ', make('small', {}, String(stack.proc.pid))),
      cell(String(stack.tid), true),
      cell(stack.at === 0 ? '0' : time(stack.at), true),
      cell(time(stack.life), true));
  }

  function draw() {
    for (const th of root.tHead.rows[0].cells) {
      const column = columns.find(c => c.id === th.dataset.key);
      if (column.key === view.key) th.setAttribute('aria-sort', view.descending ? 'descending' : 'ascending');
      else th.removeAttribute('aria-sort');
    }
    body.replaceChildren(...view.shown.slice(0, rows).map(row));
    if (view.shown.length === 0) body.append(make('tr', {}, make('td', { class: 'empty', colspan: columns.length }, 'No stack matches the filter.')));
    const rest = view.shown.length - rows;
    more.hidden = rest <= 0;
    more.textContent = `Show ${count(Math.min(rest, CHUNK * 5))} more of ${count(rest)}`;
  }

  headings(root.tHead.rows[0], columns, sort);
  body.addEventListener('click', event => {
    const tr = event.target.closest('tr[data-stack]');
    if (tr) select(view.shown[tr.sectionRowIndex], event.target.tagName === 'BUTTON');
  });
  more.addEventListener('click', () => {
    const first = rows;
    rows += CHUNK * 5;
    draw();
    body.rows[first]?.querySelector('button').focus();
  });
  on('list', () => { rows = CHUNK; draw(); });
  on('select', () => {
    for (const tr of body.querySelectorAll('[aria-current]')) tr.removeAttribute('aria-current');
    const place = view.shown.indexOf(view.selected);
    if (place >= 0 && place < body.rows.length) body.rows[place].setAttribute('aria-current', 'true');
  });
})();
