import { randomUUID } from 'node:crypto';
import type { Storage } from '@google-cloud/storage';
import type { Config } from '../core/config.ts';
import type { Environments } from '../ports/environments.ts';
import type { Assignments, FleetRegistry } from '../ports/fleet.ts';
import type { Launcher, Launches, LaunchQuota } from '../ports/launcher.ts';
import type { Ledgers, Rejections } from '../ports/ledger.ts';
import type { OrphanReports } from '../ports/orphan-reports.ts';
import type { Receipts } from '../ports/receipts.ts';
import type { ReconcileStates } from '../ports/reconcile-states.ts';
import type { Clock, Log, Messages } from '../ports/system.ts';
import { pubsubMessages } from './pubsub.ts';
import { cloudRunLauncher } from './run/launcher.ts';
import { storageClient } from './storage/client.ts';
import { storageEnvironments } from './storage/environments.ts';
import { JsonObjects } from './storage/json-objects.ts';
import { storageAssignments } from './storage/stores/assignments.ts';
import { storageFleet } from './storage/stores/fleet.ts';
import { storageLaunchQuota } from './storage/stores/launch-quota.ts';
import { storageLaunches } from './storage/stores/launches.ts';
import { storageLedgers } from './storage/stores/ledger.ts';
import { storageOrphanReports } from './storage/stores/orphan-reports.ts';
import { storageReceipts } from './storage/stores/receipts.ts';
import { storageReconcileStates } from './storage/stores/reconcile-states.ts';
import { storageRejections } from './storage/stores/rejections.ts';

/** Every port, implemented over Google Cloud. */
export type Cloud = {
  ledgers: Ledgers;
  assignments: Assignments;
  fleet: FleetRegistry;
  launches: Launches;
  launcher: Launcher;
  quota: LaunchQuota;
  receipts: Receipts;
  rejections: Rejections;
  orphans: OrphanReports;
  reconciles: ReconcileStates;
  environments: Environments;
  messages: Messages;
  clock: Clock;
  log: Log;
  newLaunchId: () => string;
  owner: string;
};

/** The clients that the ports are made of. */
export type Clients = { storage: Storage; launcher: Launcher; messages: Messages };

/** Call it once per process, because the clients keep their connections. */
export function connectCloud(config: Config, clock: Clock, log: Log): Cloud {
  const clients = {
    storage: storageClient(config.endpoints.storage, config.project),
    launcher: cloudRunLauncher(config.endpoints.run),
    messages: pubsubMessages(config.project, config.endpoints.pubsub),
  };
  return cloudOver(clients, config, clock, log);
}

export function cloudOver({ storage, launcher, messages }: Clients, config: Config, clock: Clock, log: Log): Cloud {
  const objects = (bucket: string) => new JsonObjects(storage, bucket);
  const control = objects(config.buckets.control);
  const assignments = objects(config.buckets.assignments);
  return {
    ledgers: storageLedgers(objects(config.buckets.pins)),
    assignments: storageAssignments(assignments, clock),
    fleet: storageFleet(control, assignments),
    launches: storageLaunches(control),
    launcher,
    quota: storageLaunchQuota(control, clock, config),
    receipts: storageReceipts(objects(config.buckets.receipts), log),
    rejections: storageRejections(control),
    orphans: storageOrphanReports(control),
    reconciles: storageReconcileStates(control),
    environments: storageEnvironments(storage),
    messages,
    clock,
    log,
    newLaunchId: randomUUID,
    owner: randomUUID(),
  };
}
