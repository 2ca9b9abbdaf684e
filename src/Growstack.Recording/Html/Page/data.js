// The recording's data, unpacked.

const data = JSON.parse($('#data').textContent);
const { processes, symbols, maps, chains } = data;
const duration = Math.max(1, data.duration);
const NEAR = 0.8;

/** Stacks come sorted by risk; `rank` keeps that order. */
const stacks = data.stacks;
stacks.forEach((stack, rank) => {
  stack.rank = rank;
  stack.proc = processes[stack.process];
  stack.share = stack.room > 0 ? stack.used / stack.room : 0;
  stack.level = stack.overflow || stack.share > 1 ? 'over' : stack.share >= NEAR ? 'near' : '';
  stack.life = Math.max(0, stack.end - stack.at);
  let [at, depth] = [stack.at, stack.start];
  stack.times = stack.times.map(delta => at += delta);
  stack.depths = stack.depths.map(delta => depth += delta);
  stack.search = `${stack.title} ${stack.tid} ${stack.role ?? ''} ${stack.from ?? ''} ${stack.proc.name} ${stack.proc.pid}`.toLowerCase();
});

/** What a stack has mapped at a time. */
function depthAt(stack, at) {
  let [low, high] = [0, stack.times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stack.times[middle] <= at) low = middle + 1; else high = middle;
  }
  return low === 0 ? stack.start : stack.depths[low - 1];
}

const limitText = stack => stack.unlimited ? 'no limit' : size(stack.room);

/** One stack in one sentence. */
function sentence(stack) {
  const state = stack.overflow ? 'overflowed; ' : '';
  return `${stack.title}, thread ${stack.tid}: ${state}used ${size(stack.used)} of ${limitText(stack)}, ${percent(stack.share)}`;
}
