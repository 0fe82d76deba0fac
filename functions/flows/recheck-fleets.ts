import type { Config } from '../core/config.ts';
import type { RecheckRequest } from '../core/recheck-request.ts';
import type { Messages } from '../ports/messages.ts';
import { lookForOrphans, type OrphanDeps } from './look-for-orphans.ts';
import { passAndContinue } from './pass-and-continue.ts';
import type { PassDeps, PassReport } from './run-pass.ts';
import { RunningRoom } from './running-room.ts';

export type RecheckDeps = PassDeps & OrphanDeps & { messages: Messages };

export type RecheckPolicy = Pick<Config, 'retry' | 'orphansSeconds'>;

/** A pass over every runtime, or over what was asked for. A runtime whose pass fails does not keep the others from theirs. */
export async function recheckFleets(
  request: RecheckRequest,
  deps: RecheckDeps,
  policy: RecheckPolicy,
  deadline: Date,
): Promise<PassReport[]> {
  const runtimes = request.runtime === undefined ? await deps.fleet.runtimes() : [request.runtime];
  const room = new RunningRoom(deps);
  const results = await Promise.allSettled(
    runtimes.map((runtime) => recheckFleet(runtime, request, room, deps, policy, deadline)),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${runtimes.length} passes failed`);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function recheckFleet(
  runtime: string,
  { runtime: named, tenants, relaunch, requestedAt }: RecheckRequest,
  room: RunningRoom,
  deps: RecheckDeps,
  policy: RecheckPolicy,
  deadline: Date,
): Promise<PassReport> {
  // What it finds of console runs the pass need not launch.
  if (!relaunch && tenants === undefined) await tryToLook(runtime, deps, policy, deadline);
  const isRoutine = named === undefined && !relaunch;
  const request = {
    runtime,
    relaunch,
    isRoutine,
    deadline,
    ...(tenants && { tenants }),
    ...(requestedAt && { requestedAt: new Date(requestedAt) }),
  };
  return passAndContinue(request, deps, policy.retry, room);
}

/** For a part of the time that there is: the pass is what everybody waits for. */
async function tryToLook(
  runtime: string,
  deps: RecheckDeps,
  { orphansSeconds, retry }: RecheckPolicy,
  deadline: Date,
): Promise<void> {
  const now = deps.clock.now().getTime();
  const quarter = new Date(now + (deadline.getTime() - now) / 4);
  try {
    await lookForOrphans({ runtime, everySeconds: orphansSeconds, deadline: quarter }, deps, retry);
  } catch (error) {
    deps.log.warn('orphans could not be looked for', { runtime, error: String(error) });
  }
}
