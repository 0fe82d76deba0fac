import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.ts';

const SIMULATE = fileURLToPath(new URL('../simulate.ts', import.meta.url));

type Part = {
  measure: (tenants: number, regions: number) => Promise<Figure[]>;
  /** Of a bad day's figure: tenants and project-regions that its goal is stated for. */
  size?: readonly [number, number];
};

/** Loaded only when they are measured: a variant may change what they import. */
const PARTS: Readonly<Record<string, Part>> = {
  rollout: { measure: async (...size) => (await import('./rollout.ts')).measureRollout(...size, false) },
  disturbed: { measure: async (...size) => (await import('./rollout.ts')).measureRollout(...size, true) },
  hotfix: { measure: async (...size) => (await import('./hotfix.ts')).measureHotfix(...size) },
  recheck: { measure: async (...size) => (await import('./recheck.ts')).measureRecheck(...size, false) },
  scan: { measure: async (...size) => (await import('./recheck.ts')).measureRecheck(...size, true) },
  superseded: {
    size: [720, 1],
    measure: async (...size) => (await import('./superseded.ts')).measureSuperseded(...size),
  },
  ledger: {
    size: [360, 1],
    measure: async (...size) =>
      (await import('./long-ledger.ts')).measureLongLedger(...size, { entries: 10_000, scope: 0 }),
  },
  scopes: {
    size: [360, 1],
    measure: async (...size) =>
      (await import('./long-ledger.ts')).measureLongLedger(...size, { entries: 600, scope: 300 }),
  },
  hanging: { size: [1_000, 1], measure: async (tenants) => (await import('./hanging.ts')).measureHanging(tenants) },
  capped: { size: [40, 1], measure: async (tenants) => (await import('./capped.ts')).measureCapped(tenants) },
  running: { size: [10_000, 10], measure: async (...size) => (await import('./running.ts')).measureRunning(...size) },
};

export type Counts = { tenants: number | undefined; regions: number | undefined };

/** @param name a part; `usual`: all that have no size of their own; `bad-days`: all that have one. */
export async function measureParts(name: string, counts: Counts, say: (line: string) => void): Promise<number> {
  const one = PARTS[name];
  if (one !== undefined) return measureHere(one, counts, say);
  if (name !== 'usual' && name !== 'bad-days')
    throw new Error(`expected one of ${Object.keys(PARTS).join(', ')}, got ${name}`);
  let worst = 0;
  for (const [each, part] of Object.entries(PARTS)) {
    if ((part.size === undefined) !== (name === 'usual')) continue;
    say(`${each} of ${sizeOf(part, counts).join(' tenants over ')} project-regions`);
    worst = Math.max(worst, await measureApart(each, counts));
  }
  return worst;
}

async function measureHere(part: Part, counts: Counts, say: (line: string) => void): Promise<number> {
  const figures = await part.measure(...sizeOf(part, counts));
  for (const { what, value, goal, unit } of figures) {
    const verdict = goal === null ? '' : `, goal ${goal} ${unit}: ${value <= goal ? 'met' : 'MISSED'}`;
    say(`${what}: ${Math.round(value * 1000) / 1000} ${unit}${verdict}`);
  }
  return figures.every(({ value, goal }) => goal === null || value <= goal) ? 0 : 1;
}

function sizeOf({ size = [10_000, 10] }: Pick<Part, 'size'>, { tenants, regions }: Counts): [number, number] {
  return [tenants ?? size[0], regions ?? size[1]];
}

/** In a process of its own, so that no part's memory counts for another. */
function measureApart(part: string, { tenants, regions }: Counts): Promise<number> {
  const counts = [
    ...(tenants === undefined ? [] : ['--tenants', String(tenants)]),
    ...(regions === undefined ? [] : ['--project-regions', String(regions)]),
  ];
  const child = spawn(process.execPath, [SIMULATE, ...counts, '--part', part], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
