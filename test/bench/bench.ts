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
import { measureRecheck } from './recheck.ts';
import { type Measured, runProcess } from './run-process.ts';
import { startUps } from './start-up.ts';

/**
 * `npm run bench -- [--rounds 5] [--large 2048] [--per-connection 100] [--tenants 10000]`: ratios, measured side by side in one
 * run, interleaved, in memory where there is a tmpfs; and what a recheck costs. Run `npm run build` before, or the entrypoint
 * pays for its types.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    large: { type: 'string', default: '2048' },
    'per-connection': { type: 'string', default: '100' },
    tenants: { type: 'string', default: '10000' },
  },
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
  await race(oneFile(folder, 1024), throttled, values['per-connection']);
  await reportStartUp();
  await reportRecheck(Number(values.tenants));
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
  const heading = `${title} (${(bytes / 1e6).toFixed(0)} MB)`;
  say(`${heading.padEnd(50)}median s   ratio    best   ratio   peak`);
  const base = timesOf(lanes[0]?.results ?? []);
  for (const lane of lanes) {
    const times = timesOf(lane.results);
    const peak = Math.max(...lane.results.map(({ peakMebibytes }) => peakMebibytes));
    const columns = [
      times.median.toFixed(3),
      ratio(times.median, base.median),
      times.best.toFixed(3),
      ratio(times.best, base.best),
    ];
    say(
      `  ${lane.title.padEnd(46)} ${columns.map((text) => text.padStart(8)).join('')} ${peak.toFixed(0).padStart(4)} MiB`,
    );
  }
  say('');
}

/** The best tells what the code can, where other programs on the machine disturb the median. */
function timesOf(results: readonly Measured[]): { median: number; best: number } {
  const seconds = results.map((result) => result.seconds);
  return { median: median(seconds), best: Math.min(...seconds) };
}

function ratio(value: number, base: number): string {
  return `${(value / base).toFixed(2)}x`;
}

async function reportStartUp(): Promise<void> {
  say(`${'from the start of the process to its first request'.padEnd(50)}median     to Node   to its floor`);
  for (const start of await startUps(folder, entry, rounds * 3)) {
    const { title, milliseconds, ratio, ratioInGroup } = start;
    const ratios = [ratio, ratioInGroup].map((value) => `${value.toFixed(2)}x`.padStart(12));
    say(`  ${title.padEnd(46)} ${milliseconds.toFixed(0).padStart(5)} ms${ratios.join('')}`);
  }
}

async function reportRecheck(tenants: number): Promise<void> {
  const { lists, others, cpuSeconds, peakMebibytes } = await measureRecheck(tenants);
  say(`\na recheck of ${tenants} adopted tenants, with the real storage client`);
  say(
    `  ${lists} list calls, ${others} others, ${cpuSeconds.toFixed(2)} s of CPU, peak ${peakMebibytes.toFixed(0)} MiB`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
