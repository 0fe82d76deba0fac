import { onlyObject } from '../../contract/conditions.ts';
import { roles } from '../../contract/roles.ts';
import type { Check, Subject } from '../check.ts';
import { bind, bindProject, bindStorage, createAccount, createRole, tokenOf, whenAllowed } from '../cloud/accounts.ts';
import { createJob } from '../cloud/jobs.ts';
import { createBucket } from '../cloud/resources.ts';
import { type RestCall, RestError } from '../cloud/rest.ts';
import { poll } from '../poll.ts';
import { differs, holds, holdsIf } from '../verdict.ts';

/** IAM allows a change up to this long to be known everywhere. */
const SECONDS = 900;

export const iamChecks: readonly Check[] = [
  {
    id: 'iam-absent-object',
    title: 'who may get and not list receives 403 for an absent object',
    needs: ['identities'],
    creates: 'a bucket, an object, a service account, a role',
    seconds: SECONDS,
    async run(subject) {
      const { cloud, signal } = subject;
      const bucket = await createBucket(subject);
      await bucket.file('present').save('{}', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
      const { apiEndpoint, headers } = await cloud.getterOf(bucket.name, subject);
      const statusOf = async (object: string) => {
        const url = `${apiEndpoint}/storage/v1/b/${bucket.name}/o/${object}`;
        const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
        await response.body?.cancel();
        return response.status;
      };
      await poll({ pollMs: cloud.pollMs, signal }, async () =>
        (await statusOf('present')) === 200 ? true : undefined,
      );
      const status = await statusOf('absent');
      return holdsIf(status === 403, `an existing object: HTTP 200; an absent one: HTTP ${status}`);
    },
  },
  {
    id: 'iam-managed-folder',
    title: 'a grant on a managed folder allows creates below it and nowhere else',
    needs: ['iam'],
    creates: 'a bucket, a managed folder, a service account, a role',
    seconds: SECONDS,
    async run(subject) {
      const { cloud } = subject;
      const bucket = await createBucket(subject);
      const folders = `b/${bucket.name}/managedFolders`;
      await cloud.rest({ api: 'storage', method: 'POST', path: `/storage/v1/${folders}`, body: { name: 'acme/' } });
      const { member, token, role } = await accountWith(subject, roles.objectCreator.permissions);
      await bindStorage(subject, `${folders}/${encodeURIComponent('acme/')}`, { role, members: [member] });
      return boundary(
        subject,
        upload(bucket.name, 'acme/e1/0-1-adopted.json', token),
        upload(bucket.name, 'zeta/e1', token),
      );
    },
  },
  {
    id: 'iam-object-condition',
    title: 'a condition on resource.name limits a grant to one object',
    needs: ['iam'],
    creates: 'a bucket, a service account, a role',
    seconds: SECONDS,
    async run(subject) {
      const bucket = await createBucket(subject);
      const { member, token, role } = await accountWith(subject, roles.objectWriter.permissions);
      const condition = onlyObject(bucket.name, 'guard.json');
      await bindStorage(subject, `b/${bucket.name}`, { role, members: [member], condition });
      return boundary(subject, upload(bucket.name, 'guard.json', token), upload(bucket.name, 'codex/acme.json', token));
    },
  },
  {
    id: 'iam-job-run',
    title: 'the role of launches on one job allows jobs.run with overrides there only',
    needs: ['iam'],
    creates: '2 jobs, 1 execution, a service account, a role',
    seconds: SECONDS,
    async run(subject) {
      const own = await createJob(subject, { script: 'exit 0' });
      const other = await createJob(subject, { script: 'exit 0' });
      const { member, token, role } = await accountWith(subject, roles.jobLauncher.permissions);
      await bind(subject, { api: 'run', path: `/v2/${own}` }, { role, members: [member] });
      const override = { overrides: { containerOverrides: [{ env: [{ name: 'PINCAST_VERIFY', value: '1' }] }] } };
      const run = (job: string): RestCall => ({
        api: 'run',
        method: 'POST',
        path: `/v2/${job}:run`,
        body: override,
        token,
      });
      return boundary(subject, run(own), run(other));
    },
  },
  {
    id: 'iam-project-list',
    title: 'a project role with run.executions.list alone allows the list below jobs/-',
    needs: ['iam'],
    creates: 'a service account, a role, a binding of the project',
    seconds: SECONDS,
    async run(subject) {
      const { cloud } = subject;
      const { member, token, role } = await accountWith(subject, roles.executionLister.permissions);
      await bindProject(subject, { role, members: [member] });
      const parent = `/v2/projects/${cloud.project}/locations/${cloud.region}/jobs`;
      return boundary(
        subject,
        { api: 'run', path: `${parent}/-/executions`, token },
        { api: 'run', path: parent, token },
      );
    },
  },
];

async function accountWith(subject: Subject, permissions: readonly string[]) {
  const [email, role] = [await createAccount(subject), await createRole(subject, permissions)];
  return { role, member: `serviceAccount:${email}`, token: await tokenOf(subject, email) };
}

function upload(bucket: string, object: string, token: string): RestCall {
  const query = new URLSearchParams({ uploadType: 'media', name: object, ifGenerationMatch: '0' });
  return { api: 'storage', method: 'POST', path: `/upload/storage/v1/b/${bucket}/o?${query}`, body: {}, token };
}

/** The first call succeeds as soon as the grant is known; the second one is then refused with 403. */
async function boundary({ cloud, signal }: Subject, allowed: RestCall, refused: RestCall) {
  await poll({ pollMs: cloud.pollMs, signal }, () => whenAllowed(() => cloud.rest(allowed)));
  try {
    await cloud.rest(refused);
    return differs(`${refused.path.replace(/\?.*/, '')} is allowed, too`);
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    return error.status === 403
      ? holds('the granted call succeeds, the other one gets HTTP 403')
      : differs(`the other call gets HTTP ${error.status}, not 403`);
  }
}
