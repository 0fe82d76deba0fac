import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import { topics } from '../../functions/core/topics.ts';
import { JsonObjects } from '../../functions/google/json-objects.ts';
import { runClients } from '../../functions/google/run-clients.ts';
import { storageClient } from '../../functions/google/storage-client.ts';
import { Closing } from './closing.ts';
import type { FaultSwitch } from './faults.ts';
import { childEnv, compileCache, configEnv, type Endpoints, type Tuning } from './function-env.ts';
import { type FunctionHost, type FunctionProcess, prepareFunction, startFunction } from './function-process.ts';
import { type LocalFunction, layout, localFunctions } from './layout.ts';
import { connectPush, provisionNotification, provisionStorage, provisionTopics } from './provision-cloud.ts';
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
  /** A process that was prepared for the first function while this module was loading. */
  fanOutHost?: FunctionHost;
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
  /**
   * Starts the functions that a promotion does not need at once, and resolves when every function serves. What is published
   * before is kept for them.
   */
  ready(): Promise<void>;
  /** Starts a function's process again, as Cloud Run replaces an instance that died. */
  replace(name: keyof typeof localFunctions): Promise<void>;
  addTenants(runtime: string, tenants: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

/** A fleet of idle workloads fits one machine; more executions than these wait. */
const MAX_PROCESSES = 200;

/** Boots the embedded cloud: servers, buckets, topics, functions, scheduler. What was started is stopped where it fails. */
export async function startCloud(options: CloudOptions): Promise<LocalCloud> {
  const closing = new Closing();
  const close = () => closing.close();
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
  const storage = storageClient(endpoints.storage, layout.project);
  const pubsub = new PubSub({ projectId: layout.project, apiEndpoint: endpoints.pubsub, emulatorMode: true });
  void closing.add(() => pubsub.close());
  const topics = provisionTopics(pubsub);
  const functions = new Map<string, FunctionProcess>();
  const serve = async ({ name, ...definition }: LocalFunction, host?: FunctionHost) => {
    const started = await serveFunction({ name, ...definition }, env, options, closing, host);
    functions.set(name, started);
    await topics;
    if (definition.topic !== undefined) await connectPush(pubsub, definition.topic, started.url);
  };
  const first = Promise.all([serve(localFunctions.fanOut, options.fanOutHost), serve(localFunctions.receipt)]);
  first.catch(() => undefined);
  const [tenants] = await Promise.all([
    openTenants(servers, storage, options, closing),
    provisionStorage(storage).then(() => provisionNotification(storage)),
    topics,
  ]);
  const others = once(async () => {
    await Promise.all([first, serve(localFunctions.recheck), serve(localFunctions.status)]);
    startRechecks(pubsub, options, closing);
  });
  const addTenants = async (runtime: string, wanted: readonly string[]) => {
    await Promise.all(wanted.map((tenant) => provisionTenant(runtime, tenant, tenants.deps)));
  };
  const replace = (name: keyof typeof localFunctions) => serve(localFunctions[name]);
  return {
    endpoints,
    env,
    storage,
    pubsub,
    functions,
    provisioner: tenants.provisioner,
    ready: others,
    replace,
    addTenants,
  };
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= start();
    return started;
  };
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
        maxProcesses: MAX_PROCESSES,
        maxStarting: availableParallelism(),
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
  await closing.add(() => started.close());
  return started;
}

async function serveFunction(
  definition: LocalFunction,
  env: Record<string, string>,
  { stateDir }: CloudOptions,
  closing: Closing,
  prepared?: FunctionHost,
): Promise<FunctionProcess> {
  const host = prepared ?? prepareFunction(childEnv(compileCache(stateDir)));
  await closing.add(host.close);
  return startFunction(host, definition, env, join(stateDir, 'logs'));
}

async function openTenants(servers: Servers, storage: Storage, options: CloudOptions, closing: Closing) {
  const clients = runClients(layout.region, servers.endpoints.run);
  void closing.add(() => clients.close());
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
  void closing.add(() => scheduler.close());
}
