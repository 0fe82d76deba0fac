import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Mutant } from './mutants.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** The titles of the tests that failed, by mutant. */
export type Failures = ReadonlyMap<Mutant, string[]>;

type Report = {
  testResults: { name: string; message: string; assertionResults: { status: string; title: string }[] }[];
};

/**
 * Runs the test file of each mutant in a copy of the sources that has the mistake; one vitest runs all copies, so the
 * SDK is loaded once.
 *
 * @throws Error if a source line is absent or ambiguous, or a test file cannot be loaded
 */
export async function runMutants(mutants: readonly Mutant[]): Promise<Failures> {
  const directory = await mkdtemp(join(tmpdir(), 'pincast-mutants-'));
  try {
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    await Promise.all(mutants.map((mutant, index) => copySources(mutant, join(directory, String(index)))));
    const { testResults } = await runTests(mutants, directory);
    return new Map(
      mutants.map((mutant, index) => [mutant, failuresBelow(join(directory, String(index)), testResults)]),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The parts that a mutant may change are copied, all others are links. */
async function copySources({ file, find, replace }: Mutant, directory: string): Promise<void> {
  await mkdir(join(directory, 'infra'), { recursive: true });
  const filter = (source: string) => !source.includes('node_modules');
  await Promise.all([
    cp(join(ROOT, 'package.json'), join(directory, 'package.json')),
    cp(join(ROOT, 'tsconfig.json'), join(directory, 'tsconfig.json')),
    cp(join(ROOT, 'infra/gcp'), join(directory, 'infra/gcp'), { recursive: true, filter }),
    cp(join(ROOT, 'infra/contract'), join(directory, 'infra/contract'), { recursive: true }),
    symlink(join(ROOT, 'functions'), join(directory, 'functions')),
    symlink(join(ROOT, 'infra/sandbox'), join(directory, 'infra/sandbox')),
  ]);
  await symlink(join(ROOT, 'infra/gcp/node_modules'), join(directory, 'infra/gcp/node_modules'));
  const path = join(directory, 'infra', file);
  const source = await readFile(path, 'utf8');
  if (source.split(find).length !== 2) throw new Error(`expected once in infra/${file}: ${find}`);
  await writeFile(
    path,
    source.replace(find, () => replace),
  );
}

async function runTests(mutants: readonly Mutant[], directory: string): Promise<Report> {
  const include = mutants.map(({ test }, index) => `${index}/infra/gcp/test/${test}`);
  const test = { include, pool: 'threads', isolate: false, fileParallelism: false, testTimeout: 60_000 };
  await writeFile(join(directory, 'vitest.config.mjs'), `export default ${JSON.stringify({ test })};\n`);
  const report = join(directory, 'report.json');
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--root', directory, '--reporter=json', `--outputFile=${report}`];
  // Vitest ends with 1, because every mutant must fail a test.
  await promisify(execFile)(process.execPath, args, { cwd: directory, maxBuffer: OUTPUT_BYTES }).catch(() => undefined);
  return JSON.parse(await readFile(report, 'utf8'));
}

function failuresBelow(directory: string, results: Report['testResults']): string[] {
  const own = results.find(({ name }) => name.startsWith(`${directory}/`));
  if (own === undefined || own.assertionResults.length === 0) {
    throw new Error(`no test ran in ${directory}: ${own?.message ?? 'the file was not found'}`);
  }
  return own.assertionResults.filter(({ status }) => status === 'failed').map(({ title }) => title);
}
