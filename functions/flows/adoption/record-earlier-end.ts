import { withoutEnded } from '../../core/launch/left-running.ts';
import type { ReceiptName } from '../../core/records/object-names.ts';
import { executionId } from '../../core/values/execution.ts';
import { type EndDeps, endedExecution } from './record-end.ts';

const MAX_RACES = 10;

/**
 * Records that an execution of an earlier pin ended, which frees capacity below the running cap.
 *
 * @returns false if the tenant has no such execution, or it still runs.
 */
export async function recordEarlierEnd(name: ReceiptName, deps: EndDeps): Promise<boolean> {
  let ended: string | undefined;
  for (let race = 0; race < MAX_RACES; race++) {
    const stored = await deps.assignments.read(name.runtime, name.tenant);
    const left = stored?.value.leftRunning?.find(({ execution }) => executionId(execution) === name.execution);
    if (stored === undefined || left === undefined) return false;
    ended ??= (await endedExecution(left.execution, deps))?.name;
    if (ended === undefined) return false;
    const next = withoutEnded(stored.value, [left.execution]);
    if ((await deps.assignments.write(next, stored.generation)) !== 'conflict') return true;
  }
  return false;
}
