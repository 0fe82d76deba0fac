import { readConfig } from '../../functions/core/config.ts';
import type { FleetView } from '../../functions/core/fleet-view.ts';
import { connectCloud } from '../../functions/google/cloud.ts';
import { systemClock } from '../../functions/host/system-clock.ts';
import type { LocalCloud } from './cloud.ts';
import { layout } from './layout.ts';
import type { Published } from './promote-sample.ts';
import { type RolloutScreen, seconds } from './show-rollout.ts';
import { type WatchDeps, watchRollout } from './watch-rollout.ts';

export type Followed = { view: FleetView | undefined; firstAdopted: string | undefined };

/** Shows a promotion until it has ended or the signal says stop. */
export async function followRollout(
  cloud: LocalCloud,
  published: Published,
  screen: RolloutScreen,
  signal: AbortSignal,
): Promise<Followed> {
  const followed: Followed = { view: undefined, firstAdopted: undefined };
  for await (const watched of watchRollout(layout.runtime, published, readers(cloud), signal)) {
    if (watched === undefined) continue;
    followed.view = watched.view;
    if (hasAdopted(watched.view)) followed.firstAdopted ??= seconds(0).trim();
    screen.show(watched.view);
    if (watched.ended) break;
  }
  screen.done();
  return followed;
}

/** Resolves when the ledger has the promotion. */
export async function untilRecorded(cloud: LocalCloud, published: Published, signal: AbortSignal): Promise<void> {
  for await (const watched of watchRollout(layout.runtime, published, readers(cloud), signal)) if (watched) return;
}

function hasAdopted(view: FleetView): boolean {
  return view.tenants.some(({ adoption }) => adoption === 'ADOPTED');
}

function readers({ env }: LocalCloud): WatchDeps {
  return connectCloud(readConfig(env), systemClock, silentLog);
}

const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
