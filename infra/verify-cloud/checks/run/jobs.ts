import type { protos } from '@google-cloud/run';
import { pinnedCommand } from '#functions/core/sandbox/pinned-command.ts';
import { projectNumberOf } from '../../cloud/accounts.ts';
import { createJob } from '../../cloud/jobs.ts';
import { type Check, check, differs, holds, holdsIf, type Subject } from '../../runner/check.ts';
import { grpcCode, messageOf } from '../../runner/faults.ts';

/** gRPC: INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE. */
const INVALID = new Set([3, 9, 11]);

/** The definition of jobs, and their names. */
export const jobChecks: readonly Check[] = [
  check({
    id: 'run-project-number',
    title: 'an answer names the project as the request did',
    needs: ['project-numbers', 'google-apis'],
    creates: 'a job',
    async run(subject) {
      const { cloud } = subject;
      const job = await createJob(subject);
      const name = job.replace(cloud.project, await projectNumberOf(cloud));
      const [answer] = await cloud.clients(cloud.region).jobs.getJob({ name });
      return holdsIf(answer.name === name, `asked for ${name}, got ${answer.name}`);
    },
  }),
  check({
    id: 'run-job-template',
    title: "the API accepts a tenant's job as infra/gcp defines it",
    creates: 'nothing; jobs.create only validates',
    seconds: 60,
    async run(subject) {
      const bucket = subject.scratch.name('bucket');
      const command = pinnedCommand({
        ...{ init: ['/usr/local/bin/tini', '--'], node: '/usr/local/bin/node', path: '/usr/bin:/bin' },
        ...{ entrypoint: '/opt/pincast/pincast-sandbox.mjs', tenant: 'acme', runtime: 'codex', workloadUid: 1000 },
        ...{ pins: bucket, assignments: bucket, receipts: bucket },
      });
      const container = {
        image: subject.cloud.image,
        command,
        args: ['--results-upload-url', `gs://${bucket}/acme/`, '--', 'agent'],
        env: [{ name: 'PINCAST_MAX_ENVIRONMENT_BYTES', value: '1073741824' }],
        resources: { limits: { cpu: '1', memory: '3Gi' } },
      };
      const task = { containers: [container], maxRetries: 0, timeout: { seconds: 3_600 } };
      const template = { taskCount: 1, parallelism: 1, template: { ...task, executionEnvironment: 2 } };
      const labels = { 'pincast-runtime': 'codex', 'pincast-tenant': 'acme' };
      const refusal = await refusalOf(subject, { labels, template });
      if (refusal !== undefined) return differs(refusal);
      return holds(`accepted a command of ${command.length} words, gen2, 1 CPU and 3 GiB`);
    },
  }),
  check({
    id: 'run-cpu-memory',
    title: 'a job may have 4, 8, 16 and 32 GiB with 1, 2, 4 and 8 CPUs',
    needs: ['resources'],
    creates: 'nothing; jobs.create only validates',
    seconds: 60,
    async run(subject) {
      for (const cpu of [1, 2, 4, 8]) {
        const limits = { cpu: String(cpu), memory: `${4 * cpu}Gi` };
        const container = { image: subject.cloud.image, resources: { limits } };
        const refusal = await refusalOf(subject, { template: { template: { containers: [container] } } });
        if (refusal !== undefined) return differs(`${cpu} CPUs with ${limits.memory}: ${refusal}`);
      }
      return holds('all four are accepted');
    },
  }),
];

/** Why Cloud Run refuses a job; undefined if it accepts it. Nothing is created. */
async function refusalOf(
  { cloud, scratch }: Subject,
  job: protos.google.cloud.run.v2.IJob,
): Promise<string | undefined> {
  const { jobs } = cloud.clients(cloud.region);
  const parent = `projects/${cloud.project}/locations/${cloud.region}`;
  try {
    await jobs.createJob({ parent, jobId: scratch.name('job'), job, validateOnly: true });
    return undefined;
  } catch (error) {
    if (!INVALID.has(grpcCode(error) ?? 0)) throw error;
    return messageOf(error);
  }
}
