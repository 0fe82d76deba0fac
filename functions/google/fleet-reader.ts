import type { Config } from '../core/config.ts';
import { systemClock } from '../host/clock.ts';
import type { Log } from '../ports/system.ts';
import type { Cloud } from './cloud.ts';
import { storageClient } from './storage/client.ts';
import { JsonObjects } from './storage/json-objects.ts';
import { storageAssignments } from './storage/stores/assignments.ts';
import { storageFleet } from './storage/stores/fleet.ts';
import { storageLedgers } from './storage/stores/ledger.ts';
import { storageOrphanReports } from './storage/stores/orphan-reports.ts';

/** The stores that show a fleet. */
export type FleetReader = Pick<Cloud, 'ledgers' | 'assignments' | 'fleet' | 'orphans' | 'log'>;

/** Connects Cloud Storage only, because the clients of Cloud Run and Pub/Sub are three quarters of a bundle. */
export function connectFleetReader({ buckets, endpoints, project }: Config, log: Log): FleetReader {
  const storage = storageClient(endpoints.storage, project);
  const objects = (bucket: string) => new JsonObjects(storage, bucket);
  const [control, assignments] = [objects(buckets.control), objects(buckets.assignments)];
  return {
    ledgers: storageLedgers(objects(buckets.pins)),
    assignments: storageAssignments(assignments, systemClock),
    fleet: storageFleet(control, assignments),
    orphans: storageOrphanReports(control),
    log,
  };
}
