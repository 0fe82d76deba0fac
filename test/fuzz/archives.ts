import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tryArchive } from './try-archive.ts';

/** `node test/fuzz/archives.ts --count 100000 [--seed 1]`: unpacks that many random archives and counts the outcomes. */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const first = Number(values.seed);
const count = Number(values.count);
const folder = mkdtempSync(join(tmpdir(), 'pincast-fuzz-'));
const outcomes = new Map<string, number>();
const start = performance.now();
let slowest = 0;

try {
  for (let seed = first; seed < first + count; seed++) {
    const before = performance.now();
    const outcome = await tryArchive(seed, folder).catch((cause: unknown) => {
      throw new Error(`seed ${seed}`, { cause });
    });
    slowest = Math.max(slowest, performance.now() - before);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const seconds = (performance.now() - start) / 1_000;
process.stdout.write(`${count} archives in ${seconds.toFixed(1)} s, the slowest in ${slowest.toFixed(0)} ms\n`);
for (const [outcome, times] of [...outcomes].sort((a, b) => b[1] - a[1])) {
  process.stdout.write(`${String(times).padStart(8)} ${outcome}\n`);
}
