import { readdirSync, readFileSync } from 'node:fs';
import { functionEnv, functionFiles } from '../../contract/function-env.ts';
import { bind, bindProject, bindStorage, createAccount } from '../cloud/accounts.ts';
import { BUNDLES, PULUMI } from '../cloud/cloud.ts';
import { createBucket } from '../cloud/resources.ts';
import { type Check, check, differs, holdsIf, type Subject, unknown } from '../runner/check.ts';
import { poll } from '../runner/poll.ts';
import { zipOf } from './zip.ts';

const RUNTIME = 'nodejs24';

type Runtime = { name?: string; environment?: string; stage?: string };

export const functionChecks: readonly Check[] = [
  check({
    id: 'functions-runtime',
    title: `Cloud Functions offers ${RUNTIME} in the region`,
    needs: ['google-apis'],
    creates: 'nothing',
    seconds: 60,
    async run({ cloud }) {
      const path = `/v2/projects/${cloud.project}/locations/${cloud.region}/runtimes?filter=name=${RUNTIME}`;
      const { runtimes = [] } = (await cloud.rest({ api: 'cloudfunctions', path })) as { runtimes?: Runtime[] };
      const found = runtimes.find(({ name, environment }) => name === RUNTIME && environment === 'GEN_2');
      if (found === undefined) return differs(`${runtimes.length} runtimes match, none is ${RUNTIME} of GEN_2`);
      return holdsIf(found.stage === 'GA', `${RUNTIME}, stage ${found.stage}`);
    },
  }),
  check({
    id: 'functions-build',
    title: 'a bundled function is built by an account with source, repository and log only',
    needs: ['google-apis', 'bundles'],
    creates: 'a bucket, a repository, 2 service accounts, a function, a build of 3 minutes',
    seconds: 900,
    async run(subject) {
      const { cloud, scratch, signal } = subject;
      const { bucket, repository, build, runtime } = await buildResources(subject);
      const name = `projects/${cloud.project}/locations/${cloud.region}/functions/${scratch.name('status')}`;
      const [parent, id] = name.split('/functions/');
      const body = {
        environment: 'GEN_2',
        buildConfig: {
          ...{ runtime: RUNTIME, entryPoint: 'status', dockerRepository: repository },
          serviceAccount: `projects/${cloud.project}/serviceAccounts/${build}`,
          source: { storageSource: { bucket, object: 'status.zip' } },
        },
        serviceConfig: {
          ...{ serviceAccountEmail: runtime, ingressSettings: 'ALLOW_INTERNAL_ONLY', maxInstanceCount: 1 },
          environmentVariables: { NODE_ENV: 'production', ...variablesOf(subject, bucket) },
        },
      };
      const api = 'cloudfunctions';
      const start = () => cloud.rest({ api, method: 'POST', path: `/v2/${parent}/functions?functionId=${id}`, body });
      const remove = () => cloud.rest({ api, method: 'DELETE', path: `/v2/${name}` });
      const operation = await scratch.create(name, start, remove);
      const done = await poll({ pollMs: 5_000, signal }, async () => {
        const found = await cloud.rest({ api, path: `/v2/${operation.name}` });
        return found.done === true ? found : undefined;
      });
      return holdsIf(
        done.error === undefined,
        done.error ? JSON.stringify(done.error) : 'built, and its revision serves',
      );
    },
  }),
  pulumiCheck('functions-pulumi', 'pulumi up runs infra/gcp/index.ts without a build, and keeps a changed guard'),
  pulumiCheck('functions-monitoring', 'Monitoring takes the metrics, alert policies and dashboard of infra/gcp'),
];

/** A row that only the Pulumi CLI settles. */
function pulumiCheck(id: string, title: string): Check {
  return check({ id, title, needs: ['pulumi'], creates: 'nothing', run: async () => unknown(PULUMI) });
}

/** Source, repository and accounts with the grants of `infra/contract/grants.ts`. */
async function buildResources(subject: Subject) {
  const { cloud, scratch } = subject;
  const bucket = await createBucket(subject);
  const directory = `${BUNDLES}/${functionFiles.status}`;
  const files = readdirSync(directory).map((name) => ({ name, content: readFileSync(`${directory}/${name}`) }));
  await bucket.file('status.zip').save(zipOf(files), { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  const [build, runtime] = [await createAccount(subject), await createAccount(subject)];
  const members = [`serviceAccount:${build}`];
  await bindStorage(subject, `b/${bucket.name}`, { role: 'roles/storage.objectViewer', members });
  const parent = `projects/${cloud.project}/locations/${cloud.region}/repositories`;
  const repository = `${parent}/${scratch.name('images')}`;
  const api = 'artifactregistry';
  const query = `repositoryId=${repository.slice(parent.length + 1)}`;
  const create = () => cloud.rest({ api, method: 'POST', path: `/v1/${parent}?${query}`, body: { format: 'DOCKER' } });
  await scratch.create(repository, create, () => cloud.rest({ api, method: 'DELETE', path: `/v1/${repository}` }));
  const isThere = () => cloud.rest({ api, path: `/v1/${repository}` }).catch(() => undefined);
  await poll({ pollMs: cloud.pollMs, signal: subject.signal }, isThere);
  await bind(subject, { api, path: `/v1/${repository}` }, { role: 'roles/artifactregistry.writer', members });
  await bindProject(subject, { role: 'roles/logging.logWriter', members });
  return { bucket: bucket.name, repository, build, runtime };
}

function variablesOf({ cloud }: Subject, bucket: string): Record<string, string> {
  const names = { pins: bucket, assignments: bucket, control: bucket, receipts: bucket, results: bucket };
  const buckets = { ...names, environments: [bucket] };
  return functionEnv({ project: cloud.project, buckets, limits: {} });
}
