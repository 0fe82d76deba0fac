import { mkdir } from 'node:fs/promises';
import { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import { startScheduler } from '@pincast/emulators/scheduler';
import { topics } from '#functions/core/messages/topics.ts';
import { lazy } from '#functions/google/lazy.ts';
import { runClients } from '#functions/google/run/clients.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { LocalAccess, type PermissionUse } from './access/local-access.ts';
import { localDeployment } from './access/local-deployment.ts';
import { endWith } from './end-with.ts';
import { compileCache, configEnv, type Endpoints, type Tuning } from './functions/function-env.ts';
import type { FunctionHost } from './functions/function-process.ts';
import { type FunctionName, LocalFunctions } from './functions/functions.ts';
import { layout } from './layout.ts';
import { provisionNotification, provisionStorage, provisionTopics } from './provision/provision-cloud.ts';
import { type Provisioner, startProvisioner } from './provision/provisioner.ts';
import { type ProvisionDeps, provisionTenant, renewSandboxes } from './provision/tenant-provisioner.ts';
import { keepOpen, type ServerOptions, type Servers, startServers } from './servers.ts';

export type CloudOptions = Tuning &
  ServerOptions & {
    ports: { provisioner: number };
    recheckSeconds: number;
    /** The command of every sandbox; its program is in the environment's `bin`. */
    workload: readonly string[];
    /** After a restart jobs keep the workload that they have, instead of getting this one. */
    keepsWorkloads?: boolean;
    /** The process of the first function, started while this module was loading. */
    fanOutHost?: FunctionHost;
    /** Receives a line when a function ended by itself. */
    report?: (line: string) => void;
    /** Told of each permission that an identity uses, or is refused. */
    onPermission?: (use: PermissionUse) => void;
  };

export type LocalCloud = {
  endpoints: Endpoints;
  /** The variables that `functions/core/config.ts` reads. */
  env: Record<string, string>;
  /** The servers' addresses for the calls of this identity, which may do what it was granted. */
  endpointsFor(identity: string): Promise<Endpoints>;
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
  const access = new LocalAccess(options.onPermission);
  const servers = await startServers(options, access, resources);
  const { endpoints, endpointsFor, grantStorage } = servers;
  const grantAccess: ProvisionDeps['grantAccess'] = (tenant) => access.add(localDeployment([tenant]), grantStorage);
  access.add(localDeployment([]), grantStorage);
  const env = configEnv(endpoints, options);
  const storage = storageClient(endpoints.storage, layout.project);
  const pubsub = new PubSub({ projectId: layout.project, apiEndpoint: endpoints.pubsub, emulatorMode: true });
  void endWith(resources, () => pubsub.close());
  const deps = provisionDeps({ ...servers, grantAccess }, storage, options, resources);
  const provisioned = Promise.all([provisionBuckets(storage, deps), provisionTopics(pubsub)]);
  const { identities } = localDeployment([]);
  const envOf = async (name: FunctionName) => configEnv(await endpointsFor(identities[name]), options);
  const functions = new LocalFunctions({
    envOf,
    stateDir,
    pubsub,
    resources,
    provisioned,
    report: options.report ?? (() => undefined),
  });
  const first = Promise.all([functions.serve('fanOut', options.fanOutHost), functions.serve('receipt')]);
  first.catch(() => undefined);
  await provisioned;
  const provisioner = await keepOpen(startProvisioner(deps, options.ports.provisioner), resources);
  const ready = lazy(async () => {
    await Promise.all([first, functions.serve('recheck'), functions.serve('status')]);
    startRechecks(pubsub, options, resources);
  });
  const addTenants = async (runtime: string, wanted: readonly string[]) => {
    await Promise.all(wanted.map((tenant) => provisionTenant(runtime, tenant, deps)));
  };
  return { endpoints, endpointsFor, env, storage, pubsub, functions, provisioner, ready, addTenants };
}

async function provisionBuckets(storage: Storage, deps: ProvisionDeps): Promise<void> {
  await provisionStorage(storage);
  await Promise.all([provisionNotification(storage), renewSandboxes(deps)]);
}

function provisionDeps(
  servers: Servers & Pick<ProvisionDeps, 'grantAccess'>,
  storage: Storage,
  options: CloudOptions,
  resources: AsyncDisposableStack,
): ProvisionDeps {
  const clients = runClients(layout.region, servers.endpoints.run);
  void endWith(resources, () => clients.close());
  return {
    jobs: clients.jobs,
    control: new JsonObjects(storage, layout.buckets.control),
    storageEndpointFor: servers.storageEndpointFor,
    grantAccess: servers.grantAccess,
    workload: options.workload,
    keepsWorkloads: options.keepsWorkloads,
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
