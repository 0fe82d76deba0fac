import { describe, expect, it } from 'vitest';
import { runSimulator } from './run-simulator.ts';

/** The budget is in seeds: a slow machine is no defect. */
const HOUR_MS = 3_600_000;

describe('the simulator', () => {
  it('finds no violation in 400 seeds', { timeout: HOUR_MS }, async () => {
    const { exitCode, lines } = await runSimulator('--seeds', '400');
    expect(lines).toEqual([expect.stringMatching(/^400 seeds, \d+ steps, \d+ faults, 0 violations in /)]);
    expect(exitCode).toBe(0);
  });

  it('plays a seed twice with the same steps', async () => {
    const [first, second] = await Promise.all([
      runSimulator('--first-seed', '3', '--trace'),
      runSimulator('--first-seed', '3', '--trace'),
    ]);
    expect(first.lines.length).toBeGreaterThan(100);
    expect(withoutIds(second.lines)).toEqual(withoutIds(first.lines));
  });

  it('shrinks a failing seed to fewer than 12 events, and replays it', { timeout: HOUR_MS }, async () => {
    const variant = ['--variant', 'superseded-sandbox-runs'];
    const found = await runSimulator(...variant, '--seeds', '1000', '--quick');
    const seed = /^seed (\d+) violates "allowed bytes"/.exec(found.lines[0] ?? '')?.[1] ?? '';
    const shrunk = await runSimulator(...variant, '--first-seed', seed, '--seeds', '1');
    expect(shrunk.exitCode).toBe(1);
    const replay = shrunk.lines.find((line) => line.includes('replay: npm run simulate -- '))?.split(' -- ')[1] ?? '';
    expect(replay.split('--only ')[1]?.split(',').length).toBeLessThan(12);
    const replayed = await runSimulator(...variant, ...replay.split(' '));
    expect(replayed.exitCode).toBe(1);
    expect(replayed.lines.at(-2)).toContain('violates "allowed bytes"');
    expect(replayed.lines.at(-1)).toMatch(/^1 seeds, .* 1 violations$/);
  });

  it('measures a fleet of 1,000 tenants against its goals', { timeout: HOUR_MS }, async () => {
    const { exitCode, lines } = await runSimulator('--tenants', '1000', '--project-regions', '1');
    expect(lines.filter((line) => line.includes('MISSED'))).toEqual([]);
    expect(lines.filter((line) => line.endsWith('met'))).toHaveLength(16);
    expect(exitCode).toBe(0);
  });

  it('meets its goals with a hotfix, a long ledger, a hanging location and a full cap', {
    timeout: HOUR_MS,
  }, async () => {
    const { exitCode, lines } = await runSimulator('--part', 'bad-days');
    expect(lines.filter((line) => line.includes('MISSED'))).toEqual([]);
    expect(lines.filter((line) => line.endsWith('met'))).toHaveLength(13);
    expect(exitCode).toBe(0);
  });
});

/** The ids of writes are random, and nothing depends on them. */
function withoutIds(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id'));
}
