import type { Action } from '../simulation.ts';
import { freeze, hold, liftLockdown, lockdown, revoke, revokeNewest, unfreeze, unhold } from './controls.ts';
import { overwriteTar } from './environments.ts';
import { cancel, consoleRun, deleteJob, deployForeignEntrypoint, forget, strayRun } from './executions.ts';
import { clutter, corrupt } from './foreign-objects.ts';
import { forge, forgeEnd, impersonate, squat } from './forgeries.ts';
import { hang, outage } from './outages.ts';
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
} from './promotions.ts';
import { recheck, recheckSeveralTimes, relaunch } from './rechecks.ts';
import { replayDeadLetters } from './replay-dead-letters.ts';
import { addSomeTenant, removeTenant } from './tenants.ts';

type WeightedAction = { weight: number; run: Action };

/**
 * What operators, consoles and workloads do to a fleet, with the relative frequency of each. Order and weights are part of a
 * seed's run: after a change every seed has another run.
 */
export const actions = {
  promote: { weight: 6, run: promote },
  scopedPromote: { weight: 4, run: promoteScoped },
  expectingPromote: { weight: 2, run: promoteExpecting },
  modePromote: { weight: 2, run: promoteInMode },
  wrongPromote: { weight: 2, run: promoteWrongly },
  promoteTwice: { weight: 3, run: promoteTwice },
  promoteLate: { weight: 3, run: promoteLate },
  promoteEarly: { weight: 2, run: promoteEarly },
  bombPromote: { weight: 1, run: promoteBomb },
  overwriteTar: { weight: 2, run: overwriteTar },
  hold: { weight: 3, run: hold },
  unhold: { weight: 3, run: unhold },
  freeze: { weight: 3, run: freeze },
  unfreeze: { weight: 3, run: unfreeze },
  relaunch: { weight: 4, run: relaunch },
  recheck: { weight: 3, run: recheck },
  severalRechecks: { weight: 4, run: recheckSeveralTimes },
  addTenant: { weight: 2, run: addSomeTenant },
  removeTenant: { weight: 2, run: removeTenant },
  deleteJob: { weight: 1, run: deleteJob },
  foreignEntrypoint: { weight: 2, run: deployForeignEntrypoint },
  lockdown: { weight: 2, run: lockdown },
  liftLockdown: { weight: 2, run: liftLockdown },
  revoke: { weight: 1, run: revoke },
  consoleRun: { weight: 5, run: consoleRun },
  strayRun: { weight: 2, run: strayRun },
  cancel: { weight: 3, run: cancel },
  outage: { weight: 3, run: outage },
  forget: { weight: 3, run: forget },
  forge: { weight: 4, run: forge },
  squat: { weight: 3, run: squat },
  forgeEnd: { weight: 3, run: forgeEnd },
  impersonate: { weight: 4, run: impersonate },
  replayDeadLetters: { weight: 2, run: replayDeadLetters },
  revokeNewest: { weight: 2, run: revokeNewest },
  hang: { weight: 3, run: hang },
  clutter: { weight: 3, run: clutter },
  corrupt: { weight: 2, run: corrupt },
  // Weight 0: only a scenario requests these, by name.
  promoteFirst: { weight: 0, run: promoteFirst },
  promoteLast: { weight: 0, run: promoteLast },
} satisfies Record<string, WeightedAction>;

export type ActionName = keyof typeof actions;
