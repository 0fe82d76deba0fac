import { freeze, hold, liftLockdown, lockdown, revoke, revokeNewest, unfreeze, unhold } from './braking.ts';
import { clutter, corrupt } from './cluttering.ts';
import { addSomeTenant, removeTenant } from './fleet.ts';
import { forge, forgeEnd, impersonate, squat } from './forging.ts';
import { hang, outage } from './outage.ts';
import {
  promote,
  promoteBomb,
  promoteEarly,
  promoteExpecting,
  promoteFirst,
  promoteInMode,
  promoteLast,
  promoteLate,
  promoteScoped,
  promoteTwice,
  promoteWrongly,
} from './promoting.ts';
import { recheck, recheckSeveralTimes, relaunch } from './rechecking.ts';
import { replayDeadLetters } from './replay-dead-letters.ts';
import { cancel, consoleRun, deleteJob, deployForeignEntrypoint, forget, strayRun } from './running.ts';
import type { Act } from './stage.ts';
import { overwriteTar } from './tars.ts';

type Deed = { weight: number; act: Act };

/**
 * Everything that people do to a fleet, and how often in comparison. Order and weights decide what happens in a seed's run:
 * with another deed, every seed has another run.
 */
export const deeds = {
  promote: { weight: 6, act: promote },
  scopedPromote: { weight: 4, act: promoteScoped },
  expectingPromote: { weight: 2, act: promoteExpecting },
  modePromote: { weight: 2, act: promoteInMode },
  wrongPromote: { weight: 2, act: promoteWrongly },
  promoteTwice: { weight: 3, act: promoteTwice },
  promoteLate: { weight: 3, act: promoteLate },
  promoteEarly: { weight: 2, act: promoteEarly },
  bombPromote: { weight: 1, act: promoteBomb },
  overwriteTar: { weight: 2, act: overwriteTar },
  hold: { weight: 3, act: hold },
  unhold: { weight: 3, act: unhold },
  freeze: { weight: 3, act: freeze },
  unfreeze: { weight: 3, act: unfreeze },
  relaunch: { weight: 4, act: relaunch },
  recheck: { weight: 3, act: recheck },
  severalRechecks: { weight: 4, act: recheckSeveralTimes },
  addTenant: { weight: 2, act: addSomeTenant },
  removeTenant: { weight: 2, act: removeTenant },
  deleteJob: { weight: 1, act: deleteJob },
  foreignEntrypoint: { weight: 2, act: deployForeignEntrypoint },
  lockdown: { weight: 2, act: lockdown },
  liftLockdown: { weight: 2, act: liftLockdown },
  revoke: { weight: 1, act: revoke },
  consoleRun: { weight: 5, act: consoleRun },
  strayRun: { weight: 2, act: strayRun },
  cancel: { weight: 3, act: cancel },
  outage: { weight: 3, act: outage },
  forget: { weight: 3, act: forget },
  forge: { weight: 4, act: forge },
  squat: { weight: 3, act: squat },
  forgeEnd: { weight: 3, act: forgeEnd },
  impersonate: { weight: 4, act: impersonate },
  replayDeadLetters: { weight: 2, act: replayDeadLetters },
  revokeNewest: { weight: 2, act: revokeNewest },
  hang: { weight: 3, act: hang },
  clutter: { weight: 3, act: clutter },
  corrupt: { weight: 2, act: corrupt },
  // Weight 0: only a scenario requests these, by name.
  promoteFirst: { weight: 0, act: promoteFirst },
  promoteLast: { weight: 0, act: promoteLast },
} satisfies Record<string, Deed>;

export type DeedName = keyof typeof deeds;
