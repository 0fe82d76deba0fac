import { onlyObject } from '../../contract/conditions.ts';
import { roles } from '../../contract/roles.ts';
import { bindStorage, createFolder } from '../cloud/accounts.ts';
import { accountWith, boundary, IAM_SECONDS } from '../cloud/boundary.ts';
import type { ReadAccess } from '../cloud/cloud.ts';
import { createBucket } from '../cloud/resources.ts';
import type { RestCall } from '../cloud/rest.ts';
import { type Check, check, holdsIf, type Subject, type Verdict } from '../runner/check.ts';
import { poll } from '../runner/poll.ts';

/** What grants on buckets, folders and objects allow. */
export const storageAccessChecks: readonly Check[] = [
  check({
    id: 'iam-absent-object',
    title: 'who may get and not list receives 403 for an absent object',
    needs: ['identities'],
    creates: 'a bucket, an object, a service account, a role',
    seconds: IAM_SECONDS,
    run: (subject) => absentObject(subject, { getsIn: '', lists: false }, 403),
  }),
  check({
    id: 'iam-absent-object-listed',
    title: 'who may list the bucket receives 404 for an absent object',
    needs: ['identities'],
    creates: 'a bucket, an object, a service account, 2 roles',
    seconds: IAM_SECONDS,
    run: (subject) => absentObject(subject, { getsIn: 'codex/', lists: true }, 404),
  }),
  check({
    id: 'iam-managed-folder',
    title: 'a custom role on a managed folder allows writes below it and nowhere else',
    needs: ['iam'],
    creates: 'a bucket, a managed folder, a service account, a role',
    seconds: IAM_SECONDS,
    async run(subject) {
      const bucket = await createBucket(subject);
      const folder = await createFolder(subject, bucket.name, 'acme/');
      const { member, token, role } = await accountWith(subject, roles.objectWriter.permissions);
      await bindStorage(subject, folder, { role, members: [member] });
      const write = (object: string) => upload(bucket.name, object, token);
      // The second write replaces the object.
      return boundary(subject, { allowed: [write('acme/e1'), write('acme/e1')], refused: write('zeta/e1') });
    },
  }),
  check({
    id: 'iam-object-condition',
    title: 'a condition on resource.name limits a grant to one object',
    needs: ['iam'],
    creates: 'a bucket, a service account, a role',
    seconds: IAM_SECONDS,
    async run(subject) {
      const bucket = await createBucket(subject);
      const { member, token, role } = await accountWith(subject, roles.objectWriter.permissions);
      const condition = onlyObject(bucket.name, 'guard.json');
      await bindStorage(subject, `b/${bucket.name}`, { role, members: [member], condition });
      const write = (object: string) => upload(bucket.name, object, token);
      return boundary(subject, { allowed: [write('guard.json')], refused: write('codex/acme.json') });
    },
  }),
];

/** Asks for an object that exists until IAM knows the grant, then for an absent one. */
async function absentObject(subject: Subject, access: ReadAccess, wanted: number): Promise<Verdict> {
  const { cloud, signal } = subject;
  const bucket = await createBucket(subject);
  await bucket.file('codex/present').save('{}', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  const { apiEndpoint, headers } = await cloud.readerOf(bucket.name, access, subject);
  const statusOf = async (object: string) => {
    const url = `${apiEndpoint}/storage/v1/b/${bucket.name}/o/${encodeURIComponent(object)}`;
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
    await response.body?.cancel();
    return response.status;
  };
  const isKnown = async () => ((await statusOf('codex/present')) === 200 ? true : undefined);
  await poll({ pollMs: cloud.pollMs, signal }, isKnown);
  const status = await statusOf('codex/absent');
  return holdsIf(status === wanted, `an existing object: HTTP 200; an absent one: HTTP ${status}`);
}

function upload(bucket: string, object: string, token: string): RestCall {
  const query = new URLSearchParams({ uploadType: 'media', name: object });
  return { api: 'storage', method: 'POST', path: `/upload/storage/v1/b/${bucket}/o?${query}`, body: {}, token };
}
