import { isEndKnown } from '../../core/adoption/apply-execution.ts';
import { evaluate } from '../../core/adoption/evaluate.ts';
import { noEvidence } from '../../core/adoption/evidence.ts';
import { withoutEnded } from '../../core/launch/left-running.ts';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import type { ReceiptNotice } from '../../core/messages/receipt-notification.ts';
import type { Assignment } from '../../core/records/assignment.ts';
import type { ReceiptName } from '../../core/records/object-names.ts';
import { type Execution, executionId, jobOf } from '../../core/values/execution.ts';
import type { Assignments } from '../../ports/fleet.ts';
import type { Launcher } from '../../ports/launcher.ts';
import type { Receipts } from '../../ports/receipts.ts';
import type { Clock, Log } from '../../ports/system.ts';

export type EndDeps = { assignments: Assignments; launcher: Launcher; receipts: Receipts; clock: Clock; log: Log };

/** Pauses between reads of the execution, because the sandbox writes `finished` moments before it exits. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000];
/** No read starts later than this, because each may be slow. */
const MAX_WAIT_MS = 20_000;
const MAX_RACES = 10;

/**
 * Records how the adopted run ended, as Cloud Run reports it. If it still runs after about 20 s, the next reconcile records
 * its end.
 *
 * @returns `unproved` if another execution, or none, proves the adoption; `conflict` if every write met a CAS conflict.
 */
export async function recordEnd(
  { name, receipt }: ReceiptNotice,
  deps: EndDeps,
  policy: RetryPolicy,
): Promise<'recorded' | 'unchanged' | 'unproved' | 'conflict'> {
  let stored = await deps.assignments.read(name.runtime, name.tenant);
  if (stored === undefined || !isProvedBy(stored.value, name)) return 'unproved';
  if (isEndKnown(stored.value)) return 'unchanged';
  const execution = await endedExecution(stored.value.execution ?? '', deps);
  if (execution === undefined) return 'unchanged';
  const finished = execution.outcome.state === 'FAILED' ? (receipt ?? (await deps.receipts.read(name))) : undefined;
  const evidence = { ...noEvidence, launched: execution.name, execution, receipts: finished ? [finished] : [] };
  for (let race = 0; race < MAX_RACES; race++) {
    const { next } = evaluate(stored.value, jobOf(execution.name), evidence, { policy, now: deps.clock.now() });
    if (next === stored.value) return 'unchanged';
    if ((await deps.assignments.write(next, stored.generation)) !== 'conflict') {
      const { runtime, tenant, adoption, outcome } = next;
      deps.log.info('outcome recorded', { runtime, tenant, adoption, outcome });
      return 'recorded';
    }
    stored = await deps.assignments.read(name.runtime, name.tenant);
    if (stored === undefined || !isProvedBy(stored.value, name)) return 'unchanged';
  }
  return 'conflict';
}

function isProvedBy({ adoption, execution }: Assignment, name: ReceiptName): boolean {
  return adoption === 'ADOPTED' && execution !== null && executionId(execution) === name.execution;
}

/** Undefined if Cloud Run does not know the execution, does not answer, or still runs it. */
async function endedExecution(name: string, deps: EndDeps): Promise<Execution | undefined> {
  const last = deps.clock.now().getTime() + MAX_WAIT_MS;
  for (const pause of [0, ...PAUSES_MS]) {
    if (pause > 0) await deps.clock.sleep(pause);
    if (deps.clock.now().getTime() > last) return undefined;
    try {
      const execution = await deps.launcher.execution(name);
      if (execution?.outcome.state !== 'RUNNING') return execution;
    } catch (error) {
      deps.log.warn('execution unreadable', { execution: name, error: String(error) });
    }
  }
  return undefined;
}

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
