import { existsSync, readFileSync } from 'node:fs';
import type { Options } from '../options.ts';
import { poll } from '../runner/poll.ts';
import { bindStorage, createAccount, createFolder, createRole, tokenOf } from './accounts.ts';
import { BUNDLES, type Need, PULUMI, type VerifyCloud } from './cloud.ts';
import { connectClients } from './connect.ts';
import { googleRest, type Rest } from './rest.ts';
import { deployReceiver } from './run-receiver.ts';

const POLL_MS = 1_000;
const LOG_POLL_MS = 5_000;
const LONG_PUSH_SECONDS = 400;
const DOCKERFILE = new URL('../../sandbox/Dockerfile', import.meta.url);

/** Google Cloud, with the credentials that the environment gives (`gcloud auth application-default login`). */
export function connectGoogle(options: Options & { project: string }): VerifyCloud {
  const { project, region, quotaRegion, caller, runningLimit } = options;
  const clients = connectClients(project, undefined);
  const rest = googleRest(clients.storage);
  const cloud: VerifyCloud = {
    ...clients,
    ...{ project, region, quotaRegion, caller, runningLimit, rest },
    image: options.image ?? publicImage(),
    isEmulated: false,
    pollMs: POLL_MS,
    longPushSeconds: LONG_PUSH_SECONDS,
    lacks: (need) => lacks(need, options),
    readerOf: async (bucket, access, where) => {
      const subject = { cloud, ...where };
      const email = await createAccount(subject);
      const grant = async (path: string, permission: string) => {
        const role = await createRole(subject, [permission]);
        await bindStorage(subject, path, { role, members: [`serviceAccount:${email}`] });
      };
      const isFolder = access.getsIn !== '';
      await grant(isFolder ? await createFolder(subject, bucket, access.getsIn) : `b/${bucket}`, 'storage.objects.get');
      if (access.lists) await grant(`b/${bucket}`, 'storage.objects.list');
      const authorization = `Bearer ${await tokenOf(subject, email)}`;
      return { apiEndpoint: 'https://storage.googleapis.com', headers: { authorization } };
    },
    output: (execution, until, signal) =>
      poll({ pollMs: LOG_POLL_MS, signal }, async () => {
        const log = await logOf(rest, project, execution);
        return log.includes(until) ? log : undefined;
      }),
    receiver: (receiver) => deployReceiver(cloud, receiver),
  };
  return cloud;
}

function lacks(need: Need, { caller, runningLimit }: Options): string | undefined {
  if (need === 'running-limit' && runningLimit === undefined) {
    return 'lower the quota of running executions of the region, then give it as --running-limit';
  }
  if (need === 'pulumi') return PULUMI;
  if (need === 'bundles' && !existsSync(BUNDLES)) return `run \`npm run build\` first: ${BUNDLES} is absent`;
  if ((need === 'iam' || need === 'identities') && caller === undefined) {
    return 'give --caller, the member of your credentials, which then may act as accounts that this check creates';
  }
  return undefined;
}

/** Node's image, as the sandbox image names it with its digest. */
function publicImage(): string {
  const image = /^FROM .*?\b(\S+)@(sha256:[0-9a-f]{64})$/m.exec(readFileSync(DOCKERFILE, 'utf8'));
  if (image === null) throw new Error('infra/sandbox/Dockerfile names no base image with its digest: give --image');
  return `docker.io/library/${image[1]?.replace(/:.*/, '')}@${image[2]}`;
}

type LogEntry = { textPayload?: string };

async function logOf(rest: Rest, project: string, execution: string): Promise<string> {
  const id = execution.slice(execution.lastIndexOf('/') + 1);
  const filter = `resource.type="cloud_run_job" AND labels."run.googleapis.com/execution_name"="${id}"`;
  const body = { resourceNames: [`projects/${project}`], filter, orderBy: 'timestamp asc', pageSize: 1_000 };
  const { entries = [] } = (await rest({ api: 'logging', method: 'POST', path: '/v2/entries:list', body })) as {
    entries?: LogEntry[];
  };
  return entries.map(({ textPayload = '' }) => textPayload).join('\n');
}
