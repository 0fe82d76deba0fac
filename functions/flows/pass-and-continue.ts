import type { RecheckRequest } from '../core/recheck-request.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { topics } from '../core/topics.ts';
import type { Clock } from '../ports/clock.ts';
import type { Messages } from '../ports/messages.ts';
import { type PassDeps, type PassReport, type PassRequest, runPass } from './run-pass.ts';
import type { RunningRoom } from './running-room.ts';

const PAUSE_MS = 10_000;
/** An event may have 512 KB, and a name has 63 characters at most. */
const MAX_NAMES = 5_000;

/** A pass that stopped before its deadline with tenants waiting asks for the next one; a pass that is done does not. */
export async function passAndContinue(
  request: PassRequest,
  deps: PassDeps & { messages: Messages },
  policy: RetryPolicy,
  room?: RunningRoom,
): Promise<PassReport> {
  const report = await runPass(request, deps, policy, room);
  if (!report.goOn) return report;
  const isBlocked = report.later > 0 || request.relaunch;
  if (isBlocked && report.launches.waiting === 0) await pause(report, request, deps.clock);
  for (const next of continuations(request, report)) await deps.messages.publish(topics.fleetRecheck, next);
  return report;
}

/**
 * Room comes when executions end, and a store that was out comes back: whoever goes on by message at once would find neither.
 * Where nothing moved for want of room, that takes longer.
 */
async function pause({ launches, later }: PassReport, { deadline }: PassRequest, clock: Clock): Promise<void> {
  const left = deadline.getTime() - clock.now().getTime();
  const isFull = later > 0 && launches.launched === 0;
  await clock.sleep(Math.max(0, isFull ? left : Math.min(left, PAUSE_MS)));
}

/**
 * The rest of what was asked for, and no more. Of an operator's relaunch that is exactly who still waits: whoever was
 * launched meanwhile and failed again would otherwise be launched without end.
 */
function continuations(
  { runtime, tenants, relaunch, requestedAt }: PassRequest,
  { waiting }: PassReport,
): RecheckRequest[] {
  if (!relaunch) return [{ runtime, ...(tenants && { tenants: [...tenants] }), relaunch }];
  const parts = Math.ceil(waiting.length / MAX_NAMES);
  return Array.from({ length: parts }, (_, part) => {
    const names = waiting.slice(part * MAX_NAMES, (part + 1) * MAX_NAMES);
    return { runtime, tenants: names, relaunch, ...(requestedAt && { requestedAt: requestedAt.toISOString() }) };
  });
}
