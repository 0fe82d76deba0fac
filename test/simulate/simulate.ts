import { parseArgs } from 'node:util';
import { play } from './play.ts';
import { scenarioOf } from './scenario.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    'first-seed': { type: 'string', default: '1' },
    trace: { type: 'boolean' },
  },
});
const first = Number(values['first-seed']);
let steps = 0,
  faults = 0,
  bad = 0;
const t0 = performance.now();
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const played = await play(scenarioOf(seed), null, values.trace);
  steps += played.steps;
  faults += played.faults.length;
  if (values.trace) process.stdout.write(played.notes.join('\n') + '\n');
  if (played.violations.length) {
    bad++;
    process.stdout.write(`seed ${seed}: ${JSON.stringify(played.violations[0])} at ${played.seconds}s\n`);
  }
}
process.stdout.write(
  `${values.seeds} seeds, ${steps} steps, ${faults} faults, ${bad} violations, ${Math.round(performance.now() - t0)} ms\n`,
);
process.exit(0);
