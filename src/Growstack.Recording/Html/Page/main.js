// Puts the page together once everything is there.

(() => {
  const filter = $('#filter'), which = $('#which'), process = $('#process'), shown = $('#shown');

  // Sections that exist become links.
  const links = [['overflow', 'Overflow'], ['stacks', 'Stacks'], ['flame', 'Call chains'], ['addresses', 'Address map'], ['about', 'About']];
  $('nav').append(...links.filter(([id]) => $('#' + id) && !$('#' + id).hidden).map(([id, name]) => make('a', { href: '#' + id }, name)));

  const owners = [...new Set(stacks.map(stack => stack.process))];
  process.append(make('option', { value: -1 }, 'all processes'), ...owners.map(i => make('option', { value: i }, `${processes[i].name} ${processes[i].pid}`)));
  $('#process-filter').hidden = owners.length < 2;

  filter.addEventListener('input', () => { view.filter = filter.value; refresh(); });
  which.addEventListener('change', () => { view.which = which.value; refresh(); });
  process.addEventListener('change', () => { view.process = Number(process.value); refresh(); });
  filter.form.addEventListener('submit', event => event.preventDefault());
  on('list', () => { shown.textContent = view.shown.length === stacks.length ? plural(stacks.length, 'stack') + (view.key === 'rank' ? ', the riskiest first' : '') : `${count(view.shown.length)} of ${plural(stacks.length, 'stack')}`; });

  // A slash goes to the filter, as people have come to expect.
  document.addEventListener('keydown', event => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    filter.focus();
  });

  const byId = id => stacks.find(stack => stack.id === Number(id));
  document.addEventListener('click', event => {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.dataset.showStack) select(byId(button.dataset.showStack), true);
    else if (button.dataset.showChain) flame.showChain(byId(button.dataset.showChain));
    else if (button.id === 'detail-chain') flame.showChain(view.selected);
  });

  const table = $('.processes table');
  headings(table.tHead.rows[0], [{ name: 'Process', num: true }, { name: 'Program' }, { name: 'Parent', num: true }, { name: 'Made by' }, { name: 'Began', num: true }, { name: 'Ended', num: true }, { name: 'Exit' }]);
  table.tBodies[0].append(...processes.slice(0, 1000).map(p => make('tr', {},
    make('th', { scope: 'row', class: 'num' }, String(p.pid)),
    make('td', { title: p.command }, p.name),
    make('td', { class: 'num' }, p.parent ? String(p.parent) : '–'),
    make('td', {}, p.how),
    make('td', { class: 'num' }, p.at === 0 ? '0' : time(p.at)),
    make('td', { class: 'num' }, p.end === undefined ? '–' : time(p.end)),
    make('td', {}, p.exit ?? '–'))));
  $('.processes summary').textContent = plural(processes.length, 'process', 'processes');

  refresh();
  emit('select');
  document.documentElement.dataset.ready = 'true';
})();
