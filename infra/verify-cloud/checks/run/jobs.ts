import { pinnedCommand } from '#functions/core/sandbox/pinned-command.ts';
import type { Check } from '../../check.ts';
import { projectNumberOf } from '../../cloud/accounts.ts';
import { createJob } from '../../cloud/jobs.ts';
import { grpcCode, messageOf } from '../../faults.ts';
import { differs, holds, holdsIf } from '../../verdict.ts';

/** The definition of jobs, and their names. */
export const jobChecks: readonly Check[] = [
  {
    id: 'run-project-number',
    title: 'an answer names the project as the request did',
    needs: ['project-numbers', 'google-apis'],
    creates: 'a job',
    seconds: 300,
    async run(subject) {
      const { cloud } = subject;
      const job = await createJob(subject, { script: 'exit 0' });
      const name = job.replace(cloud.project, await projectNumberOf(cloud));
      const [answer] = await cloud.clients(cloud.region).jobs.getJob({ name });
      return holdsIf(answer.name === name, `asked for ${name}, got ${answer.name}`);
    },
  },
  {
    id: 'run-job-template',
    title: "the API accepts a tenant's job as infra/gcp defines it",
    needs: [],
    creates: 'nothing; jobs.create only validates',
    seconds: 60,
    async run({ cloud, scratch }) {
      const bucket = scratch.name('bucket');
      const command = pinnedCommand({
        ...{ init: ['/usr/local/bin/tini', '--'], node: '/usr/local/bin/node', path: '/usr/bin:/bin' },
        ...{ entrypoint: '/opt/pincast/pincast-sandbox.mjs', tenant: 'acme', runtime: 'codex', workloadUid: 1000 },
        ...{ pins: bucket, assignments: bucket, receipts: bucket },
      });
      const container = {
        ...{ image: cloud.image, command, args: ['--results-upload-url', `gs://${bucket}/acme/`, '--', 'agent'] },
        env: [{ name: 'PINCAST_MAX_ENVIRONMENT_BYTES', value: '1073741824' }],
        resources: { limits: { cpu: '1', memory: '3Gi' } },
      };
      const task = { containers: [container], maxRetries: 0, timeout: { seconds: 3_600 } };
      const template = { taskCount: 1, parallelism: 1, template: { ...task, executionEnvironment: 2 } };
      const labels = { 'pincast-runtime': 'codex', 'pincast-tenant': 'acme' };
      const parent = `projects/${cloud.project}/locations/${cloud.region}`;
      try {
        const job = { labels, template } as const;
        await cloud
          .clients(cloud.region)
          .jobs.createJob({ parent, jobId: scratch.name('job'), job, validateOnly: true });
        return holds(`accepted a command of ${command.length} words, gen2, 1 CPU and 3 GiB`);
      } catch (error) {
        const code = grpcCode(error);
        // INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE
        if (code !== 3 && code !== 9 && code !== 11) throw error;
        return differs(messageOf(error));
      }
    },
  },
];
