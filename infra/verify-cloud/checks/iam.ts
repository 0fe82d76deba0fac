import { roles } from '../../contract/roles.ts';
import { agentMember, bind, bindProject, bindStorage, projectNumberOf } from '../cloud/accounts.ts';
import { accountWith, boundary, IAM_SECONDS } from '../cloud/boundary.ts';
import { createJob, ended, launch } from '../cloud/jobs.ts';
import { createBucket, createTopic, grantOn } from '../cloud/resources.ts';
import { type RestCall, RestError } from '../cloud/rest.ts';
import { type Check, check, differs, holds, unknown } from '../runner/check.ts';
import { grpcCode, messageOf } from '../runner/faults.ts';

const AGENTS = { pubsub: 'gcp-sa-pubsub', cloudscheduler: 'gcp-sa-cloudscheduler' } as const;
const INVALID_ARGUMENT = 3;

/** What grants on jobs and projects allow. */
export const iamChecks: readonly Check[] = [
  check({
    id: 'iam-job-run',
    title: 'the role of launches on one job allows jobs.run with overrides there only',
    needs: ['iam'],
    creates: '2 jobs, 1 execution, a service account, a role',
    seconds: IAM_SECONDS,
    async run(subject) {
      const own = await createJob(subject);
      const other = await createJob(subject);
      const { member, token, role } = await accountWith(subject, roles.jobLauncher.permissions);
      await bind(subject, { api: 'run', path: `/v2/${own}` }, { role, members: [member] });
      const body = { overrides: { containerOverrides: [{ env: [{ name: 'PINCAST_VERIFY', value: '1' }] }] } };
      const run = (job: string): RestCall => ({ api: 'run', method: 'POST', path: `/v2/${job}:run`, body, token });
      return boundary(subject, { allowed: [run(own)], refused: run(other) });
    },
  }),
  check({
    id: 'iam-job-executions',
    title: 'a role on a job covers its executions and their tasks, and no other job',
    needs: ['iam'],
    creates: '2 jobs, 2 executions, a service account, a role',
    seconds: IAM_SECONDS,
    async run(subject) {
      const own = await createJob(subject);
      const [mine, other] = [await launch(subject, own), await launch(subject, await createJob(subject))];
      await ended(subject, mine);
      const { member, token, role } = await accountWith(subject, roles.jobObserver.permissions);
      await bind(subject, { api: 'run', path: `/v2/${own}` }, { role, members: [member] });
      const get = (path: string): RestCall => ({ api: 'run', path: `/v2/${path}`, token });
      return boundary(subject, { allowed: [get(mine), get(`${mine}/tasks`)], refused: get(other) });
    },
  }),
  check({
    id: 'iam-project-list',
    title: 'a project role with run.executions.list alone allows the list below jobs/-',
    needs: ['iam'],
    creates: 'a service account, a role, a binding of the project',
    seconds: IAM_SECONDS,
    async run(subject) {
      const { project, region } = subject.cloud;
      const { member, token, role } = await accountWith(subject, roles.executionLister.permissions);
      await bindProject(subject, { role, members: [member] });
      const jobs = `/v2/projects/${project}/locations/${region}/jobs`;
      const allowed: RestCall = { api: 'run', path: `${jobs}/-/executions`, token };
      return boundary(subject, { allowed: [allowed], refused: { api: 'run', path: jobs, token } });
    },
  }),
  check({
    id: 'iam-principal-set',
    title: 'buckets and topics accept a principalSet of a workload identity pool',
    needs: ['google-apis'],
    creates: 'a bucket, a topic, a workload identity pool',
    async run(subject) {
      const { cloud, scratch } = subject;
      const pools = `/v1/projects/${cloud.project}/locations/global/workloadIdentityPools`;
      const id = scratch.name('pool').slice(-32).replace(/^-/, '');
      const pool = { api: 'iam', path: `${pools}/${id}` };
      const create = () =>
        cloud.rest({ api: 'iam', method: 'POST', path: `${pools}?workloadIdentityPoolId=${id}`, body: {} });
      await scratch.create(`pool ${id}`, create, () => cloud.rest({ ...pool, method: 'DELETE' }));
      const number = await projectNumberOf(cloud);
      const path = `projects/${number}/locations/global/workloadIdentityPools/${id}/attribute.repository/acme/agent`;
      const member = `principalSet://iam.googleapis.com/${path}`;
      const [bucket, topic] = [await createBucket(subject), await createTopic(subject)];
      try {
        await bindStorage(subject, `b/${bucket.name}`, { role: 'roles/storage.objectViewer', members: [member] });
        await grantOn(topic, 'roles/pubsub.publisher', member);
      } catch (error) {
        if ((error instanceof RestError && error.status === 400) || grpcCode(error) === INVALID_ARGUMENT) {
          return differs(`refused: ${messageOf(error)}`);
        }
        throw error;
      }
      return unknown('both policies accept the member; whether its workflow may publish shows a run of the workflow');
    },
  }),
  check({
    id: 'iam-agents',
    title: "Google's agents can be granted roles after generateServiceIdentity",
    needs: ['google-apis'],
    creates: 'a topic; the agents of Pub/Sub and Cloud Scheduler, which stay',
    async run(subject) {
      const { cloud } = subject;
      const topic = await createTopic(subject);
      const number = await projectNumberOf(cloud);
      for (const [service, agent] of Object.entries(AGENTS)) {
        const path = `/v1beta1/projects/${number}/services/${service}.googleapis.com:generateServiceIdentity`;
        await cloud.rest({ api: 'serviceusage', method: 'POST', path, body: {} });
        const member = await agentMember(cloud, agent);
        try {
          await grantOn(topic, 'roles/pubsub.publisher', member);
        } catch (error) {
          if (grpcCode(error) !== INVALID_ARGUMENT) throw error;
          return differs(`${member}: ${messageOf(error)}`);
        }
      }
      return holds(Object.values(AGENTS).join(', '));
    },
  }),
];
