import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import type { FaultSwitch } from '@pincast/emulators/faults';
import { startPubsub } from '@pincast/emulators/pubsub';
import { startRun } from '@pincast/emulators/run';
import { startScheduler } from '@pincast/emulators/scheduler';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { topics } from '#functions/core/messages/topics.ts';
import { lazy } from '#functions/google/lazy.ts';
import { runClients } from '#functions/google/run/clients.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { endWith } from './end-with.ts';
import { compileCache, configEnv, type Endpoints, type Tuning } from './functions/function-env.ts';
import type { FunctionHost } from './functions/function-process.ts';
import { LocalFunctions } from './functions/functions.ts';
import { layout } from './layout.ts';
import { provisionNotification, provisionStorage, provisionTopics } from './provision/provision-cloud.ts';
import { type Provisioner, startProvisioner } from './provision/provisioner.ts';
import { type ProvisionDeps, provisionTenant, renewSandboxes } from './provision/tenant-provisioner.ts';

export type CloudOptions = Tuning & {
  stateDir: string;
  /** Port 0 means any free port. */
  ports: { storage: number; pubsub: number; run: number; provisioner: number };
  /** Addresses of emulators that replace the embedded servers. */
  external: { pubsub?: string; storage?: string };
  recheckSeconds: number;
  maxRunningExecutions: number;
  /** The command of every sandbox; its program is in the environment's `bin`. */
  workload: readonly string[];
  /** The process of the first function, started while this module was loading. */
  fanOutHost?: FunctionHost;
  /** Faults of the embedded servers, for tests. */
  faults?: FaultSwitch;
};

export type LocalCloud = {
  endpoints: Endpoints;
  /** The variables that `functions/core/config.ts` reads. */
  env: Record<string, string>;
  storage: Storage;
  pubsub: PubSub;
  functions: LocalFunctions;
  provisioner: Provisioner;
  /**
   * Starts the functions that a promotion needs later, and resolves when every function serves. Their subscriptions keep what
   * is published before.
   */
  ready(): Promise<void>;
  addTenants(runtime: string, tenants: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

/** At most this many idle workloads fit one machine; further executions wait. */
const MAX_PROCESSES = 200;

/** Boots the embedded cloud: servers, buckets, topics, functions, scheduler. If a part fails, the others are stopped. */
export async function startCloud(options: CloudOptions): Promise<LocalCloud> {
  const resources = new AsyncDisposableStack();
  const close = () => resources.disposeAsync();
  try {
    return { ...(await boot(options, resources)), close };
  } catch (error) {
    // The first failure is the cause; the failure of a stop would hide it.
    await close().catch(() => undefined);
    throw error;
  }
}

async function boot(options: CloudOptions, resources: AsyncDisposableStack): Promise<Omit<LocalCloud, 'close'>> {
  const { stateDir } = options;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const servers = await startServers(options, resources);
  const { endpoints } = servers;
  const env = configEnv(endpoints, options);
  const storage = storageClient(endpoints.storage, layout.project);
  const pubsub = new PubSub({ projectId: layout.project, apiEndpoint: endpoints.pubsub, emulatorMode: true });
  void endWith(resources, () => pubsub.close());
  const deps = provisionDeps(servers, storage, options, resources);
  const provisioned = Promise.all([provisionBuckets(storage, deps), provisionTopics(pubsub)]);
  const functions = new LocalFunctions({ env, stateDir, pubsub, resources, provisioned });
  const first = Promise.all([functions.serve('fanOut', options.fanOutHost), functions.serve('receipt')]);
  first.catch(() => undefined);
  await provisioned;
  const provisioner = await keep(startProvisioner(deps, options.ports.provisioner), resources);
  const ready = lazy(async () => {
    await Promise.all([first, functions.serve('recheck'), functions.serve('status')]);
    startRechecks(pubsub, options, resources);
  });
  const addTenants = async (runtime: string, wanted: readonly string[]) => {
    await Promise.all(wanted.map((tenant) => provisionTenant(runtime, tenant, deps)));
  };
  return { endpoints, env, storage, pubsub, functions, provisioner, ready, addTenants };
}

async function provisionBuckets(storage: Storage, deps: ProvisionDeps): Promise<void> {
  await provisionStorage(storage);
  await Promise.all([provisionNotification(storage), renewSandboxes(deps)]);
}

type Servers = { endpoints: Endpoints; identities: Pick<LocalStorage, 'endpointFor' | 'grant'> };

async function startServers(options: CloudOptions, resources: AsyncDisposableStack): Promise<Servers> {
  const { stateDir, ports, external } = options;
  const faults = options.faults && { faults: options.faults };
  const pubsub =
    external.pubsub ??
    (await keep(startPubsub({ port: ports.pubsub, stateDir: join(stateDir, 'pubsub'), ...faults }), resources))
      .endpoint;
  const [storage, run] = await Promise.all([
    openStorage(options, pubsub, resources),
    keep(
      startRun({
        ...faults,
        port: ports.run,
        stateDir: join(stateDir, 'run'),
        runQuotaPerMinute: options.runQuotaPerMinute,
        maxProcesses: MAX_PROCESSES,
        maxStarting: availableParallelism(),
        maxRunningExecutions: options.maxRunningExecutions,
        environment: { METADATA_SERVER_DETECTION: 'none' },
      }),
      resources,
    ),
  ]);
  return { endpoints: { storage: storage.endpoint, pubsub, run: run.endpoint }, identities: storage };
}

/** An external storage server has no identities, so every sandbox may do everything there. */
async function openStorage(options: CloudOptions, pubsub: string, resources: AsyncDisposableStack) {
  const { external, ports, stateDir } = options;
  const faults = options.faults && { faults: options.faults };
  if (external.storage !== undefined) {
    const endpoint = external.storage;
    return { endpoint, endpointFor: () => endpoint, grant: () => undefined };
  }
  const state = join(stateDir, 'storage');
  return keep(
    startStorage({ port: ports.storage, stateDir: state, pubsubEndpoint: () => pubsub, ...faults }),
    resources,
  );
}

async function keep<T extends { close(): Promise<unknown> }>(
  starting: Promise<T>,
  resources: AsyncDisposableStack,
): Promise<T> {
  const started = await starting;
  await endWith(resources, () => started.close());
  return started;
}

function provisionDeps(
  servers: Servers,
  storage: Storage,
  options: CloudOptions,
  resources: AsyncDisposableStack,
): ProvisionDeps {
  const clients = runClients(layout.region, servers.endpoints.run);
  void endWith(resources, () => clients.close());
  return {
    jobs: clients.jobs,
    control: new JsonObjects(storage, layout.buckets.control),
    storageEndpointFor: servers.identities.endpointFor,
    grant: servers.identities.grant,
    workload: options.workload,
    compileCache: compileCache(options.stateDir),
  };
}

function startRechecks(pubsub: PubSub, { recheckSeconds }: CloudOptions, resources: AsyncDisposableStack): void {
  const scheduler = startScheduler({
    jobs: [{ name: 'recheck', everySeconds: recheckSeconds, topic: topics.fleetRecheck, data: '{}' }],
    publish: async (topic, data, attributes) => {
      await pubsub.topic(topic).publishMessage({ data, attributes });
    },
    log: () => undefined,
  });
  void endWith(resources, () => scheduler.close());
}
