import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { contestants, entry, isBundled, throttled, verifyBundle, verifySource } from './contestants.ts';
import { type Corpus, oneFile, smallFiles } from './corpus.ts';
import { median } from './median.ts';
import { type Measured, runProcess } from './run-process.ts';
import { startUps } from './start-up.ts';

/**
 * `npm run bench -- [--rounds 5] [--large 2048]`: ratios, measured side by side in one run, interleaved, in memory where
 * there is a tmpfs. Run `npm run build` before, or the entrypoint pays for its types.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, large: { type: 'string', default: '2048' } },
});
const bundling = { bundle: true, platform: 'node', format: 'esm' } as const;
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'pincast-bench-'));

try {
  say(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`);
  say(`medians of ${rounds} rounds, ${isBundled ? 'bundled entrypoint' : 'entrypoint from source'}\n`);
  buildSync({ ...bundling, entryPoints: [verifySource], outfile: verifyBundle(folder) });
  await race(smallFiles(folder));
  await race(oneFile(folder, 1));
  if (values.large !== '0') await race(oneFile(folder, Number(values.large)));
  await race(oneFile(folder, 1024), throttled, '100');
  await reportStartUp();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function race(corpus: Corpus, runners = contestants(), megabytesPerSecond = ''): Promise<void> {
  const server = spawn(process.execPath, [join(import.meta.dirname, 'file-server.ts'), folder, megabytesPerSecond]);
  const [port] = await once(server.stdout, 'data');
  const url = `http://127.0.0.1:${String(port).trim()}/${basename(corpus.path)}`;
  const lanes = runners.map((contestant) => ({ ...contestant, results: [] as Measured[] }));
  for (let round = 0; round < rounds; round++) {
    for (const lane of lanes) lane.results.push(await measureOnce(lane.command(corpus, join(folder, 'out'), url)));
  }
  server.kill();
  rmSync(corpus.path);
  report(corpus, lanes);
}

async function measureOnce([program = '', ...args]: readonly string[]): Promise<Measured> {
  try {
    return await runProcess(program, args, folder);
  } finally {
    for (const left of ['out', 'out.tar']) rmSync(join(folder, left), { recursive: true, force: true });
  }
}

function report({ title, bytes }: Corpus, lanes: readonly { title: string; results: readonly Measured[] }[]): void {
  say(`${title} (${(bytes / 1e6).toFixed(0)} MB)`);
  const base = median((lanes[0]?.results ?? []).map(({ seconds }) => seconds));
  for (const lane of lanes) {
    const seconds = median(lane.results.map((result) => result.seconds));
    const peak = Math.max(...lane.results.map(({ peakMebibytes }) => peakMebibytes));
    const ratio = `${(seconds / base).toFixed(2)}x`;
    say(
      `  ${lane.title.padEnd(46)} ${seconds.toFixed(3).padStart(8)} s ${ratio.padStart(7)} ${peak.toFixed(0).padStart(6)} MiB`,
    );
  }
  say('');
}

async function reportStartUp(): Promise<void> {
  const [floor, ...others] = await startUps(folder, entry, rounds * 3);
  say('from the start of the process to its first request');
  for (const { title, milliseconds } of floor === undefined ? [] : [floor, ...others]) {
    const ratio = `${(milliseconds / (floor?.milliseconds ?? 1)).toFixed(2)}x`;
    say(`  ${title.padEnd(46)} ${milliseconds.toFixed(0).padStart(8)} ms ${ratio.padStart(6)}`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
