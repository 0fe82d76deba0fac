import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import { topics } from '../../functions/core/topics.ts';
import { JsonObjects } from '../../functions/google/json-objects.ts';
import { runClients } from '../../functions/google/run-clients.ts';
import { storageClient } from '../../functions/google/storage-client.ts';
import type { FaultSwitch } from './faults.ts';
import { childEnv, configEnv, type Endpoints, type Tuning } from './function-env.ts';
import { type FunctionProcess, startFunction } from './function-process.ts';
import { type LocalFunction, layout, localFunctions } from './layout.ts';
import { provisionNotification, provisionPush, provisionStorage, provisionTopics } from './provision-cloud.ts';
import { type Provisioner, startProvisioner } from './provisioner.ts';
import { startPubsub } from './pubsub/server.ts';
import { startRun } from './run/server.ts';
import { startScheduler } from './scheduler.ts';
import { type LocalStorage, startStorage } from './storage/server.ts';
import { type ProvisionDeps, provisionTenant } from './tenant-provisioner.ts';

export type CloudOptions = Tuning & {
  stateDir: string;
  /** Of `PINCAST_LOCAL_…`: 0 takes a free port. */
  ports: { storage: number; pubsub: number; run: number; provisioner: number };
  /** An emulator of Google's or another's that is used instead of the embedded server. */
  external: { pubsub?: string; storage?: string };
  recheckSeconds: number;
  maxRunningExecutions: number;
  /** What every sandbox runs, from its environment's `bin`. */
  workload: readonly string[];
  /** What goes wrong in the embedded servers; for tests. */
  faults?: FaultSwitch;
};

export type LocalCloud = {
  endpoints: Endpoints;
  /** For `functions/core/config.ts`. */
  env: Record<string, string>;
  storage: Storage;
  pubsub: PubSub;
  functions: Map<string, FunctionProcess>;
  provisioner: Provisioner;
  addTenants(runtime: string, tenants: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

type Closing = (() => Promise<unknown>)[];

/** Boots the embedded cloud: servers, buckets, topics, functions, scheduler. What was started is stopped where it fails. */
export async function startCloud(options: CloudOptions): Promise<LocalCloud> {
  const closing: Closing = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    return { ...(await boot(options, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function boot(options: CloudOptions, closing: Closing): Promise<Omit<LocalCloud, 'close'>> {
  await mkdir(options.stateDir, { recursive: true, mode: 0o700 });
  const servers = await startServers(options, closing);
  const { endpoints } = servers;
  const env = configEnv(endpoints, options);
  const functions = startFunctions(env, options, closing);
  const storage = storageClient(endpoints.storage, layout.project);
  const pubsub = new PubSub({ projectId: layout.project, apiEndpoint: endpoints.pubsub, emulatorMode: true });
  closing.push(() => pubsub.close());
  const [tenants, ready] = await Promise.all([
    openTenants(servers, storage, options, closing),
    functions,
    provisionStorage(storage).then(() => provisionNotification(storage)),
    provisionTopics(pubsub),
  ]);
  await Promise.all(localFunctions.map((definition) => connect(definition, ready, pubsub)));
  startRechecks(pubsub, options, closing);
  const addTenants = async (runtime: string, wanted: readonly string[]) => {
    await Promise.all(wanted.map((tenant) => provisionTenant(runtime, tenant, tenants.deps)));
  };
  return { endpoints, env, storage, pubsub, functions: ready, provisioner: tenants.provisioner, addTenants };
}

type Servers = { endpoints: Endpoints; identities: Pick<LocalStorage, 'endpointFor' | 'grant'> };

async function startServers(options: CloudOptions, closing: Closing): Promise<Servers> {
  const { stateDir, ports, external } = options;
  const faults = options.faults && { faults: options.faults };
  const pubsub =
    external.pubsub ??
    (await keep(startPubsub({ port: ports.pubsub, stateDir: join(stateDir, 'pubsub'), ...faults }), closing)).endpoint;
  const [storage, run] = await Promise.all([
    openStorage(options, pubsub, closing),
    keep(
      startRun({
        ...faults,
        port: ports.run,
        stateDir: join(stateDir, 'run'),
        runQuotaPerMinute: options.runQuotaPerMinute,
        maxRunningExecutions: options.maxRunningExecutions,
        environment: { METADATA_SERVER_DETECTION: 'none', NODE_COMPILE_CACHE: compileCache(stateDir) },
      }),
      closing,
    ),
  ]);
  return { endpoints: { storage: storage.endpoint, pubsub, run: run.endpoint }, identities: storage };
}

/** A foreign storage server knows no identities: there every sandbox may do everything. */
async function openStorage(options: CloudOptions, pubsub: string, closing: Closing) {
  const { external, ports, stateDir } = options;
  const faults = options.faults && { faults: options.faults };
  if (external.storage !== undefined) {
    const endpoint = external.storage;
    return { endpoint, endpointFor: () => endpoint, grant: () => undefined };
  }
  const state = join(stateDir, 'storage');
  return keep(startStorage({ port: ports.storage, stateDir: state, pubsubEndpoint: () => pubsub, ...faults }), closing);
}

async function keep<T extends { close(): Promise<unknown> }>(starting: Promise<T>, closing: Closing): Promise<T> {
  const started = await starting;
  closing.push(() => started.close());
  return started;
}

async function startFunctions(
  env: Record<string, string>,
  { stateDir }: CloudOptions,
  closing: Closing,
): Promise<Map<string, FunctionProcess>> {
  const variables = childEnv(env, compileCache(stateDir));
  const started = await Promise.all(
    localFunctions.map(async (definition) => {
      const process = await keep(startFunction(definition, variables, join(stateDir, 'logs')), closing);
      return [definition.name, process] as const;
    }),
  );
  return new Map(started);
}

async function connect({ name, topic }: LocalFunction, functions: Map<string, FunctionProcess>, pubsub: PubSub) {
  const url = functions.get(name)?.url;
  if (topic !== undefined && url !== undefined) await provisionPush(pubsub, topic, url);
}

async function openTenants(servers: Servers, storage: Storage, options: CloudOptions, closing: Closing) {
  const clients = runClients(layout.region, servers.endpoints.run);
  closing.push(() => clients.close());
  const deps: ProvisionDeps = {
    jobs: clients.jobs,
    control: new JsonObjects(storage, layout.buckets.control),
    storageEndpointFor: servers.identities.endpointFor,
    grant: servers.identities.grant,
    workload: options.workload,
  };
  return { deps, provisioner: await keep(startProvisioner(deps, options.ports.provisioner), closing) };
}

function startRechecks(pubsub: PubSub, { recheckSeconds }: CloudOptions, closing: Closing): void {
  const scheduler = startScheduler({
    jobs: [{ name: 'recheck', everySeconds: recheckSeconds, topic: topics.fleetRecheck, data: '{}' }],
    publish: async (topic, data, attributes) => {
      await pubsub.topic(topic).publishMessage({ data, attributes });
    },
    log: () => undefined,
  });
  closing.push(() => scheduler.close());
}

function compileCache(stateDir: string): string {
  return join(stateDir, '..', 'compile-cache');
}
