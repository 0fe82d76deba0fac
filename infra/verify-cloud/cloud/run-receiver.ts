import { poll } from '../runner/poll.ts';
import { agentMember, bind, bindStorage, createAccount } from './accounts.ts';
import type { Push, Receiver, ReceiverOptions, VerifyCloud } from './cloud.ts';
import { createBucket } from './resources.ts';
import type { Json } from './rest.ts';

/**
 * The receiver's program, for `node -e`. It stores each push in the bucket before it sleeps, so that deliveries can be counted;
 * of the token it keeps the claims only.
 */
const PROGRAM = `
const { createServer } = require('node:http');
const metadata = 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token';
const upload = 'https://storage.googleapis.com/upload/storage/v1/b/' + process.env.BUCKET + '/o?uploadType=media&ifGenerationMatch=0&name=';
createServer(async (request, response) => {
  try {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { message } = JSON.parse(body);
    const payload = (request.headers.authorization || '').split('.')[1] || '';
    const { aud, email } = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}');
    const push = { path: request.url, messageId: message.messageId, claims: { aud, email } };
    const { access_token } = await (await fetch(metadata, { headers: { 'Metadata-Flavor': 'Google' } })).json();
    const headers = { authorization: 'Bearer ' + access_token, 'content-type': 'application/json' };
    const stored = await fetch(upload + crypto.randomUUID(), { method: 'POST', headers, body: JSON.stringify(push) });
    if (!stored.ok) throw new Error('HTTP ' + stored.status);
    await new Promise((resolve) => setTimeout(resolve, Number(message.attributes?.sleep || 0) * 1000));
    response.writeHead(204).end();
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
}).listen(process.env.PORT);
`;

/** Deploys the receiver as a Cloud Run service that only its push account may call. */
export async function deployReceiver(cloud: VerifyCloud, options: ReceiverOptions): Promise<Receiver> {
  const where = { cloud, ...options };
  const bucket = await createBucket(where);
  const pushAccount = await createAccount(where);
  const member = `serviceAccount:${pushAccount}`;
  await bindStorage(where, `b/${bucket.name}`, { role: 'roles/storage.objectCreator', members: [member] });
  const account = { api: 'iam', path: `/v1/projects/${cloud.project}/serviceAccounts/${pushAccount}` };
  const agent = await agentMember(cloud, 'gcp-sa-pubsub');
  await bind(where, account, { role: 'roles/iam.serviceAccountOpenIdTokenCreator', members: [agent] });
  const service = await createService(where, { bucket: bucket.name, pushAccount });
  await bind(where, { api: 'run', path: `/v2/${service.name}` }, { role: 'roles/run.invoker', members: [member] });
  return {
    url: service.url,
    pushAccount,
    pushes: async () => {
      const [files] = await bucket.getFiles();
      const bodies = await Promise.all(files.map((file) => file.download()));
      return bodies.map(([body]) => JSON.parse(body.toString()) as Push);
    },
  };
}

type Where = { cloud: VerifyCloud } & ReceiverOptions;

async function createService(
  { cloud, scratch, signal, internalOnly }: Where,
  { bucket, pushAccount }: { bucket: string; pushAccount: string },
): Promise<{ name: string; url: string }> {
  const serviceId = scratch.name('receiver');
  const parent = `projects/${cloud.project}/locations/${cloud.region}`;
  const name = `${parent}/services/${serviceId}`;
  const env = [{ name: 'BUCKET', value: bucket }];
  const container = { image: cloud.image, command: ['node', '-e', PROGRAM], env };
  const scaling = { minInstanceCount: 0, maxInstanceCount: 2 };
  const body = {
    ingress: internalOnly ? 'INGRESS_TRAFFIC_INTERNAL_ONLY' : 'INGRESS_TRAFFIC_ALL',
    template: { containers: [container], serviceAccount: pushAccount, timeout: '600s', scaling },
  };
  const create = async () => {
    const path = `/v2/${parent}/services?serviceId=${serviceId}`;
    const operation = await cloud.rest({ api: 'run', method: 'POST', path, body });
    await done(cloud, operation, signal);
  };
  await scratch.create(name, create, () => cloud.rest({ api: 'run', method: 'DELETE', path: `/v2/${name}` }));
  const { uri } = await cloud.rest({ api: 'run', path: `/v2/${name}` });
  return { name, url: String(uri) };
}

async function done({ rest, pollMs }: VerifyCloud, { name }: Json, signal: AbortSignal): Promise<void> {
  const operation = await poll({ pollMs, signal }, async () => {
    const found = await rest({ api: 'run', path: `/v2/${name}` });
    return found.done === true ? found : undefined;
  });
  if (operation.error !== undefined)
    throw new Error(`the receiver was not deployed: ${JSON.stringify(operation.error)}`);
}
