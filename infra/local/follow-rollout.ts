import type { FleetView } from '../../functions/core/fleet-view.ts';
import { JsonObjects } from '../../functions/google/json-objects.ts';
import { storageAssignments } from '../../functions/google/storage-assignments.ts';
import { storageFleet } from '../../functions/google/storage-fleet.ts';
import { storagePins } from '../../functions/google/storage-pins.ts';
import { storageRejections } from '../../functions/google/storage-rejections.ts';
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
  onFirstAdopted: () => void,
): Promise<Followed> {
  const followed: Followed = { view: undefined, firstAdopted: undefined };
  for await (const watched of watchRollout(layout.runtime, published, readers(cloud), signal)) {
    if (watched === undefined) continue;
    followed.view = watched.view;
    if (followed.firstAdopted === undefined && hasAdopted(watched.view)) {
      followed.firstAdopted = seconds(0).trim();
      onFirstAdopted();
    }
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

function readers({ storage }: LocalCloud): WatchDeps {
  const objects = (bucket: string) => new JsonObjects(storage, bucket);
  const assignments = objects(layout.buckets.assignments);
  const control = objects(layout.buckets.control);
  return {
    pins: storagePins(objects(layout.buckets.pins)),
    assignments: storageAssignments(assignments),
    fleet: storageFleet(control, assignments),
    rejections: storageRejections(control),
  };
}
