import { hasFindings } from '../../core/orphans/detect.ts';
import type { OrphanReport } from '../../core/records/orphan-report.ts';
import { executionId } from '../../core/values/execution.ts';
import { describeAge } from './age.ts';
import type { Output } from './output.ts';
import { sanitizeForTerminal } from './printable.ts';

const MOST_NAMES = 10;
const MOST_EXECUTIONS = 5;

/** What belongs to a fleet only by half; nothing where all is as it should be. */
export function orphanLines(orphans: OrphanReport | null, now: Date, { paint }: Output): string[] {
  if (orphans === null || !hasFindings(orphans)) return [];
  const { jobless, executions, unseen, lookedAt } = orphans;
  return [
    `${paint('yellow', 'orphans')}, as Cloud Run was ${describeAge(lookedAt, now)} ago`,
    ...nameLines('registered without a Cloud Run job', jobless),
    ...executions.first
      .slice(0, MOST_EXECUTIONS)
      .map(
        ({ execution, tenant, createdAt, why }) =>
          `  stray execution: ${sanitizeForTerminal(executionId(execution))} of ${tenant}, ${describeAge(createdAt, now)} ago: ${sanitizeForTerminal(why)}`,
      ),
    ...nameLines('Cloud Run gave no lists', unseen),
    ...remainder(executions.total - Math.min(executions.first.length, MOST_EXECUTIONS), '  and $ more executions'),
  ];
}

function nameLines(what: string, { total, first }: OrphanReport['jobless']): string[] {
  if (total === 0) return [];
  const names = first.slice(0, MOST_NAMES);
  return [`  ${what}: ${[...names, ...remainder(total - names.length, 'and $ more')].join(', ')}`];
}

function remainder(count: number, text: string): string[] {
  return count > 0 ? [text.replace('$', String(count))] : [];
}
