import type { Verdict } from './runner/check.ts';
import type { Report, Result } from './runner/run-checks.ts';
import { formatRow } from './text.ts';

/** In the order of the table: the worst last, beside the counts, because a terminal shows the end. */
const STATES = ['holds', 'unknown', 'differs'] as const satisfies Verdict['state'][];
const STATE_WIDTH = 9;

/** A table of 80 columns. Checks with the same answer share a row. */
export function formatTable({ results }: Pick<Report, 'results'>): string {
  const widths = [STATE_WIDTH, Math.max(...results.map(({ id }) => id.length)) + 2];
  const rows = STATES.flatMap((state) => {
    const own = results.filter((result) => result.state === state);
    const byAnswer = Map.groupBy(own, ({ observed }) => observed);
    const idsOf = (same: readonly Result[]) => same.map(({ id }) => id);
    return [...byAnswer].map(([observed, same]) => formatRow([[state], idsOf(same)], widths, observed));
  });
  return [formatRow([['VERDICT'], ['CHECK']], widths, 'OBSERVED'), ...rows, countsOf(results)].join('\n');
}

/** One line for each check, its fields between tabs: verdict, id, observed. */
export function formatLines({ results }: Pick<Report, 'results'>): string {
  return results.map(({ state, id, observed }) => [state, id, observed].join('\t')).join('\n');
}

/** One line for a check that has ended, `number` of those that this cloud can decide. */
export function formatProgress({ state, id, seconds }: Result, number: number, of: number): string {
  const count = `${String(number).padStart(String(of).length)} of ${of}`;
  return `${count}  ${state.padEnd(STATE_WIDTH)}${id}, ${seconds.toFixed(1)} s`;
}

/** 0: all hold; 1: one differs; 3: none differs, some are unknown. */
export function exitCodeOf(results: readonly Pick<Verdict, 'state'>[]): 0 | 1 | 3 {
  if (results.some(({ state }) => state === 'differs')) return 1;
  return results.some(({ state }) => state === 'unknown') ? 3 : 0;
}

function countsOf(results: readonly Result[]): string {
  const count = (state: Verdict['state']) => results.filter((result) => result.state === state).length;
  const counts = `${count('holds')} hold, ${count('unknown')} unknown, ${count('differs')} differ`;
  return `${results.length} checks: ${counts} (exit code ${exitCodeOf(results)})`;
}
