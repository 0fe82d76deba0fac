import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FaultSwitch } from '@pincast/emulators/faults';
import { startPubsub } from '@pincast/emulators/pubsub';
import { startRun } from '@pincast/emulators/run';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import type { LocalAccess } from './access/local-access.ts';
import { endWith } from './end-with.ts';
import type { Endpoints, Tuning } from './functions/function-env.ts';

export type ServerOptions = Pick<Tuning, 'runQuotaPerMinute'> & {
  stateDir: string;
  /** Port 0 means any free port. */
  ports: { storage: number; pubsub: number; run: number };
  /** Addresses of emulators that replace the embedded servers. */
  external: { pubsub?: string; storage?: string };
  maxRunningExecutions: number;
  /** Faults of the embedded servers, for tests. */
  faults?: FaultSwitch;
};

export type Servers = {
  /** Their callers are the owner. */
  endpoints: Endpoints;
  /** The servers' addresses for the calls of this identity. */
  endpointsFor(identity: string): Promise<Endpoints>;
  storageEndpointFor: LocalStorage['endpointFor'];
  grantStorage: LocalStorage['grant'];
};

/** At most this many idle workloads fit one machine; further executions wait. */
const MAX_PROCESSES = 200;

/** Starts the embedded servers; they refuse what `access` does not grant to an identity. */
export async function startServers(
  options: ServerOptions,
  access: LocalAccess,
  resources: AsyncDisposableStack,
): Promise<Servers> {
  const faults: FaultSwitch = (call) => access.check(call) ?? options.faults?.(call);
  const pubsub = await openPubsub(options, faults, resources);
  const [storage, run] = await Promise.all([
    openStorage(options, { faults, onAccess: access.onStorageAccess, pubsub: pubsub.endpoint }, resources),
    keepOpen(
      startRun({
        faults,
        port: options.ports.run,
        stateDir: join(options.stateDir, 'run'),
        runQuotaPerMinute: options.runQuotaPerMinute,
        maxProcesses: MAX_PROCESSES,
        maxStarting: availableParallelism(),
        maxRunningExecutions: options.maxRunningExecutions,
        environment: { METADATA_SERVER_DETECTION: 'none' },
      }),
      resources,
    ),
  ]);
  return {
    endpoints: { storage: storage.endpoint, pubsub: pubsub.endpoint, run: run.endpoint },
    endpointsFor: async (identity) => ({
      storage: storage.endpointFor(identity),
      pubsub: await pubsub.endpointFor(identity),
      run: await run.endpointFor(identity),
    }),
    storageEndpointFor: storage.endpointFor,
    grantStorage: storage.grant,
  };
}

/** Closes the server when the resources are disposed. */
export async function keepOpen<T extends { close(): Promise<unknown> }>(
  starting: Promise<T>,
  resources: AsyncDisposableStack,
): Promise<T> {
  const started = await starting;
  await endWith(resources, () => started.close());
  return started;
}

/** An external server has no identities, so every caller may publish there. */
async function openPubsub(
  { external, ports, stateDir }: ServerOptions,
  faults: FaultSwitch,
  resources: AsyncDisposableStack,
) {
  const endpoint = external.pubsub;
  if (endpoint !== undefined) return { endpoint, endpointFor: async () => endpoint };
  return keepOpen(startPubsub({ port: ports.pubsub, stateDir: join(stateDir, 'pubsub'), faults }), resources);
}

type StorageSwitches = { faults: FaultSwitch; onAccess: LocalAccess['onStorageAccess']; pubsub: string };

/** An external storage server has no identities, so every sandbox may do everything there. */
async function openStorage(
  { external, ports, stateDir }: ServerOptions,
  { faults, onAccess, pubsub }: StorageSwitches,
  resources: AsyncDisposableStack,
): Promise<Omit<LocalStorage, 'close'>> {
  const endpoint = external.storage;
  if (endpoint !== undefined) return { endpoint, endpointFor: () => endpoint, grant: () => undefined };
  const state = join(stateDir, 'storage');
  return keepOpen(
    startStorage({ port: ports.storage, stateDir: state, pubsubEndpoint: () => pubsub, faults, onAccess }),
    resources,
  );
}
