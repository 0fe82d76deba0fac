import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultSwitch, noFaults } from '@pincast/emulators/faults';
import { startPubsub } from '@pincast/emulators/pubsub';
import { startRun } from '@pincast/emulators/run';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import type { Endpoints, Options } from '../options.ts';
import { poll } from '../runner/poll.ts';
import { type Need, PULUMI, type VerifyCloud } from './cloud.ts';
import { connectClients } from './connect.ts';
import { openReceiver } from './loopback-receiver.ts';

const PROJECT = 'pincast-verify-local';
/** Small, so that the check of the limit fills it at once. */
const RUNNING_LIMIT = 12;
const POLL_MS = 50;
/** Longer than Pub/Sub's default ack deadline of 10 s. */
const LONG_PUSH_SECONDS = 12;

const LACKS: Partial<Record<Need, string>> = {
  images: 'the emulator starts programs of this machine and pulls no image',
  containers: "an emulator's execution is a process of this machine, without a user or namespace of its own",
  sidecars: 'the emulator serves one container per job',
  'project-numbers': 'the emulator knows projects by the one name that a call gives',
  'running-limit': 'give --running-limit, the number of executions that the emulator lets run',
  'bucket-settings': 'the emulator has neither retention nor lifecycle nor soft delete',
  resources: 'the emulator applies neither CPU nor memory',
  pulumi: PULUMI,
  identities: 'identities exist only in emulators that --local starts',
  iam: 'the emulator has no IAM',
  'google-apis': 'there is no emulator of this API',
};

/** Starts the emulators in this process. */
export async function startEmulated(options: Options, faults: FaultSwitch = noFaults): Promise<VerifyCloud> {
  const stateDir = await mkdtemp(join(tmpdir(), 'pincast-verify-'));
  const pubsub = await startPubsub({ faults });
  const storage = await startStorage({ pubsubEndpoint: () => pubsub.endpoint, faults });
  const run = await startRun({ stateDir, maxRunningExecutions: RUNNING_LIMIT, faults });
  const endpoints = { storage: storage.endpoint, pubsub: pubsub.endpoint, run: run.endpoint };
  const cloud = connectEmulated({ runningLimit: RUNNING_LIMIT, ...definedOf(options) }, endpoints, storage);
  const close = async () => {
    await cloud.close();
    await Promise.all([run.close(), storage.close(), pubsub.close()]);
    await rm(stateDir, { recursive: true, force: true });
  };
  return { ...cloud, close };
}

type Given = Pick<Options, 'project' | 'region' | 'quotaRegion' | 'image' | 'caller' | 'runningLimit'>;

function definedOf({ runningLimit, ...options }: Options): Omit<Given, 'runningLimit'> & { runningLimit?: number } {
  return { ...options, ...(runningLimit !== undefined && { runningLimit }) };
}

/** Connects to emulators that run already. @param storage the server, if this process runs it */
export function connectEmulated(options: Given, endpoints: Endpoints, storage?: LocalStorage): VerifyCloud {
  // Without it, the clients look for credentials of this machine.
  process.env.METADATA_SERVER_DETECTION = 'none';
  const project = options.project ?? PROJECT;
  const clients = connectClients(project, endpoints);
  const { runningLimit } = options;
  return {
    ...clients,
    project,
    ...{ region: options.region, quotaRegion: options.quotaRegion, caller: options.caller, runningLimit },
    image: options.image ?? 'local',
    isEmulated: true,
    pollMs: POLL_MS,
    longPushSeconds: LONG_PUSH_SECONDS,
    rest: async ({ api }) => Promise.reject(new Error(`there is no emulator of ${api}.googleapis.com`)),
    lacks: (need) => {
      const isThere = (need === 'running-limit' && runningLimit) || (need === 'identities' && storage);
      return isThere ? undefined : LACKS[need];
    },
    readerOf: async (bucket, { getsIn, lists }) => {
      if (storage === undefined) throw new Error(LACKS.identities);
      const identity = `reader@${bucket}`;
      storage.grant({ identity, bucket, prefix: getsIn, permissions: ['storage.objects.get'] });
      if (lists) storage.grant({ identity, bucket, prefix: '', permissions: ['storage.objects.list'] });
      return { apiEndpoint: storage.endpointFor(identity), headers: {} };
    },
    output: (name, until, signal) =>
      poll({ pollMs: POLL_MS, signal }, async () => {
        const [{ logUri }] = await clients.clients(options.region).executions.getExecution({ name });
        const log = await readFile(new URL(`${logUri}/0-0.log`), 'utf8').catch(() => '');
        return log.includes(until) ? log : undefined;
      }),
    receiver: ({ scratch }) => openReceiver(scratch),
  };
}
