import { hasFindings } from '../../core/orphans/detect.ts';
import type { Unreadable } from '../../core/records/codec.ts';
import type { OrphanReport } from '../../core/records/orphan-report.ts';
import { executionId } from '../../core/values/execution.ts';
import type { Output } from './output.ts';
import { describeAge, sanitizeForTerminal, wrapText } from './text.ts';

const MOST_NAMES = 10;
const MOST_EXECUTIONS = 5;

/** Orphaned jobs, executions and locations without lists; empty if there are none. */
export function orphanLines(orphans: OrphanReport | null, now: Date, { paint, columns }: Output): string[] {
  if (orphans === null || !hasFindings(orphans)) return [];
  const { jobless, executions, unseen, lookedAt } = orphans;
  const findings = [
    ...nameLines('registered without a Cloud Run job', jobless),
    ...executions.first
      .slice(0, MOST_EXECUTIONS)
      .map(
        ({ execution, tenant, createdAt, why }) =>
          `orphaned execution: ${sanitizeForTerminal(executionId(execution))} of ${tenant}, ${describeAge(createdAt, now)} ago: ${sanitizeForTerminal(why)}`,
      ),
    ...nameLines('Cloud Run lists unavailable', unseen),
    ...remainder(executions.total - Math.min(executions.first.length, MOST_EXECUTIONS), 'and $ more executions'),
  ];
  return [
    `${paint('yellow', 'orphans')}, scanned ${describeAge(lookedAt, now)} ago`,
    ...findings.flatMap((line) => wrapText(line, columns, '  ')),
  ];
}

function nameLines(what: string, { total, first }: OrphanReport['jobless']): string[] {
  if (total === 0) return [];
  const names = first.slice(0, MOST_NAMES);
  return [`${what}: ${[...names, ...remainder(total - names.length, 'and $ more')].join(', ')}`];
}

function remainder(count: number, text: string): string[] {
  return count > 0 ? [text.replace('$', String(count))] : [];
}

const MOST_OBJECTS = 10;

/** The unreadable objects with their reasons; empty if there are none. */
export function unreadableLines(runtime: string, unreadable: readonly Unreadable[], output: Output): string[] {
  if (unreadable.length === 0) return [];
  const objects = unreadable.length === 1 ? '1 object' : `${unreadable.length} objects`;
  const title = `${objects} of ${runtime} cannot be read: its tenant is skipped until an operator repairs the object`;
  const [first = '', ...rest] = wrapText(title, output.columns);
  const hidden = unreadable.length - MOST_OBJECTS;
  return [
    output.paint('red', first),
    ...rest,
    ...unreadable
      .slice(0, MOST_OBJECTS)
      .flatMap(({ object, why }) =>
        wrapText(`${sanitizeForTerminal(object)}: ${sanitizeForTerminal(why)}`, output.columns, '  '),
      ),
    ...(hidden > 0 ? [`  and ${hidden} more (all: pincast status ${runtime} --json)`] : []),
  ];
}
