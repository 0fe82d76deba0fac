import type { Subject } from '../runner/check.ts';
import { poll } from '../runner/poll.ts';
import type { VerifyCloud } from './cloud.ts';
import { type Json, RestError } from './rest.ts';

type Binding = { role: string; members: string[]; condition?: { title: string; expression: string } };
type Policy = { bindings?: Binding[]; etag?: string };
type Where = Pick<Subject, 'cloud' | 'scratch' | 'signal'>;

/** The digits of `projects/<number>`. */
export async function projectNumberOf({ rest, project }: VerifyCloud): Promise<string> {
  const { projectNumber } = await rest({ api: 'cloudresourcemanager', path: `/v1/projects/${project}` });
  return String(projectNumber);
}

/** One of Google's agents, as an IAM member. @param service `gcp-sa-pubsub` */
export async function agentMember(cloud: VerifyCloud, service: string): Promise<string> {
  return `serviceAccount:service-${await projectNumberOf(cloud)}@${service}.iam.gserviceaccount.com`;
}

/** Creates a service account without any permission. @returns its e-mail */
export async function createAccount({ cloud, scratch }: Where): Promise<string> {
  const accountId = scratch.name('sa');
  const email = `${accountId}@${cloud.project}.iam.gserviceaccount.com`;
  const path = `/v1/projects/${cloud.project}/serviceAccounts`;
  const create = () => cloud.rest({ api: 'iam', method: 'POST', path, body: { accountId } });
  const remove = () => cloud.rest({ api: 'iam', method: 'DELETE', path: `${path}/${email}` });
  await scratch.create(`service account ${email}`, create, remove);
  return email;
}

/** Creates a custom role. @returns its full name */
export async function createRole({ cloud, scratch }: Where, permissions: readonly string[]): Promise<string> {
  const roleId = scratch.name('role').replaceAll('-', '_');
  const path = `/v1/projects/${cloud.project}/roles`;
  const body = { roleId, role: { title: roleId, includedPermissions: [...permissions], stage: 'GA' } };
  const create = () => cloud.rest({ api: 'iam', method: 'POST', path, body });
  const remove = () => cloud.rest({ api: 'iam', method: 'DELETE', path: `${path}/${roleId}` });
  await scratch.create(`role ${roleId}`, create, remove);
  return `projects/${cloud.project}/roles/${roleId}`;
}

/** Adds a binding to the policy of an account, a Cloud Run job or service: they have `:getIamPolicy` and `:setIamPolicy`. */
export async function bind({ cloud }: Where, { api, path }: { api: string; path: string }, binding: Binding) {
  const method = api === 'iam' ? 'POST' : 'GET';
  const read = `${path}:getIamPolicy`;
  const policy = (await cloud.rest({ api, method, path: read, ...(method === 'POST' && { body: {} }) })) as Policy;
  await cloud.rest({ api, method: 'POST', path: `${path}:setIamPolicy`, body: { policy: extended(policy, binding) } });
}

/** Adds a binding to the policy of a bucket, or of a managed folder: version 3 allows conditions. */
export async function bindStorage({ cloud }: Where, path: string, binding: Binding): Promise<void> {
  const read = { api: 'storage', path: `/storage/v1/${path}/iam?optionsRequestedPolicyVersion=3` };
  const policy = extended((await cloud.rest(read)) as Policy, binding);
  await cloud.rest({ api: 'storage', method: 'PUT', path: `/storage/v1/${path}/iam`, body: { ...policy, version: 3 } });
}

/** Creates a managed folder. @returns its path for `bindStorage` */
export async function createFolder({ cloud, scratch }: Where, bucket: string, name: string): Promise<string> {
  const path = `b/${bucket}/managedFolders`;
  const own = `${path}/${encodeURIComponent(name)}`;
  const create = () => cloud.rest({ api: 'storage', method: 'POST', path: `/storage/v1/${path}`, body: { name } });
  const remove = () => cloud.rest({ api: 'storage', method: 'DELETE', path: `/storage/v1/${own}?allowNonEmpty=true` });
  await scratch.create(`managed folder ${bucket}/${name}`, create, remove);
  return own;
}

/** Adds a binding to the project's policy, and removes it with the scratch. */
export async function bindProject({ cloud, scratch }: Where, binding: Binding): Promise<void> {
  const set = async (change: (bindings: Binding[]) => Binding[]) => {
    const path = `/v1/projects/${cloud.project}`;
    const asked = { options: { requestedPolicyVersion: 3 } };
    const call = { api: 'cloudresourcemanager', method: 'POST' } as const;
    const policy = (await cloud.rest({ ...call, path: `${path}:getIamPolicy`, body: asked })) as Policy;
    const changed = { ...policy, version: 3, bindings: change(policy.bindings ?? []) };
    return cloud.rest({ ...call, path: `${path}:setIamPolicy`, body: { policy: changed } });
  };
  const isOther = ({ role, members }: Binding) => role !== binding.role || members.join() !== binding.members.join();
  await scratch.create(
    `the project's binding of ${binding.role}`,
    () => set((bindings) => [...bindings, binding]),
    () => set((bindings) => bindings.filter(isOther)),
  );
}

function extended(policy: Policy, binding: Binding): Json {
  return { ...policy, bindings: [...(policy.bindings ?? []), binding] };
}

/** An access token of an account, once IAM lets the caller act as it. Grants may take minutes. */
export async function tokenOf(where: Where, email: string): Promise<string> {
  const { cloud, signal } = where;
  const account = { api: 'iam', path: `/v1/projects/${cloud.project}/serviceAccounts/${email}` };
  await bind(where, account, { role: 'roles/iam.serviceAccountTokenCreator', members: [cloud.caller ?? ''] });
  const path = `/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
  const body = { scope: ['https://www.googleapis.com/auth/cloud-platform'] };
  return poll({ pollMs: 5_000, signal }, async () => {
    const answer = await whenAllowed(() => cloud.rest({ api: 'iamcredentials', method: 'POST', path, body }));
    return answer && String(answer.accessToken);
  });
}

/** Undefined after 403 and 404: a new account and a new grant need time to be known everywhere. */
export async function whenAllowed<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof RestError && (error.status === 403 || error.status === 404)) return undefined;
    throw error;
  }
}
