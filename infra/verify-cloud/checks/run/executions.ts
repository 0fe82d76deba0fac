import { randomUUID } from 'node:crypto';
import type { protos } from '@google-cloud/run';
import type { RunClients } from '#functions/google/run/clients.ts';
import { createJob, deleteJob, ended, launch, regionOf, runOnce } from '../../cloud/jobs.ts';
import { type Check, check, differs, holds, holdsIf } from '../../runner/check.ts';
import { grpcCode, messageOf } from '../../runner/faults.ts';
import { poll } from '../../runner/poll.ts';

type WireExecution = protos.google.cloud.run.v2.IExecution;

const NOT_FOUND = 5;
const MAX_CONDITION_SECONDS = 15;
const MAX_PAGES = 50;

/** What `executions.get` and `executions.list` say. */
export const executionChecks: readonly Check[] = [
  check({
    id: 'run-overrides',
    title: 'answers about an execution hold the variables of its jobs.run',
    async run(subject) {
      const { cloud } = subject;
      const job = await createJob(subject);
      const launchId = randomUUID();
      const since = new Date(Date.now() - 60_000);
      const name = await launch(subject, job, { PINCAST_LAUNCH_ID: launchId, PINCAST_REVISION: '7' });
      const got = await cloud.launcher.execution(name);
      const found = await cloud.launcher.findLaunch(job, launchId, since);
      const inGet = got?.launchId === launchId && got.revision === 7;
      return holdsIf(
        inGet && found?.name === name,
        `executions.get ${inGet ? 'has' : 'lacks'} the variables; executions.list ${found ? 'finds' : 'misses'} the launch`,
      );
    },
  }),
  check({
    id: 'run-list-order',
    title: 'executions.list below jobs/- orders by creation over all jobs',
    creates: '2 jobs, 3 executions',
    async run(subject) {
      const { cloud } = subject;
      const a = await createJob(subject);
      const b = await createJob(subject);
      const started: string[] = [];
      for (const job of [a, b, a]) started.push(await launch(subject, job));
      const parent = `projects/${cloud.project}/locations/${cloud.region}/jobs/-`;
      const listed = await listUntil(cloud.clients(cloud.region), parent, started);
      const ids = ['A1', 'B2', 'A3'];
      const order = listed.map((name) => ids[started.indexOf(name)]).join(', ');
      return holdsIf(order === 'A3, B2, A1', `run in turn A1, B2, A3; listed one a page: ${order}`);
    },
  }),
  check({
    id: 'run-deleted-job',
    title: 'executions.list below a deleted job answers NOT_FOUND or an empty list',
    async run(subject) {
      const { cloud } = subject;
      const job = await createJob(subject);
      await ended(subject, await launch(subject, job));
      await deleteJob(cloud, job);
      try {
        const { executions } = cloud.clients(regionOf(job));
        const [page] = await executions.listExecutions({ parent: job, pageSize: 10 }, { autoPaginate: false });
        return holdsIf(page.length === 0, `a list of ${page.length} executions`);
      } catch (error) {
        const code = grpcCode(error);
        if (code === undefined) throw error;
        return code === NOT_FOUND ? holds('NOT_FOUND') : differs(`gRPC code ${code}: ${messageOf(error)}`);
      }
    },
  }),
  check({
    id: 'run-condition-delay',
    title: 'executions.get shows the end within 15 s of the last task',
    async run(subject) {
      const { cloud, signal } = subject;
      const name = await launch(subject, await createJob(subject, { script: 'exit 7' }));
      const { executions, tasks } = cloud.clients(cloud.region);
      const exited = await poll({ pollMs: cloud.pollMs, signal }, async () => {
        const [[task]] = await tasks.listTasks({ parent: name, pageSize: 1 }, { autoPaginate: false });
        return task?.completionTime ? Date.now() : undefined;
      });
      const shown = await poll({ pollMs: cloud.pollMs, signal }, async () => {
        const [execution] = await executions.getExecution({ name });
        return isTerminal(execution) ? Date.now() : undefined;
      });
      const seconds = (shown - exited) / 1_000;
      return holdsIf(seconds <= MAX_CONDITION_SECONDS, `${seconds.toFixed(1)} s after the task's completion was seen`);
    },
  }),
  check({
    id: 'run-clock',
    title: "an execution's createTime is within 30 s of the caller's clock",
    creates: 'a job, 10 executions',
    async run(subject) {
      const { cloud } = subject;
      const job = await createJob(subject);
      const skews: number[] = [];
      for (let run = 0; run < 10; run++) {
        const before = Date.now();
        const name = await launch(subject, job);
        const after = Date.now();
        const created = Date.parse((await cloud.launcher.execution(name))?.createdAt ?? '');
        skews.push(Math.max(0, before - created, created - after) / 1_000);
      }
      const most = Math.max(...skews);
      return holdsIf(most < 30, `at most ${most.toFixed(3)} s outside of 10 calls`);
    },
  }),
  check({
    id: 'run-exit-code',
    title: 'a task without retries carries the exit code',
    async run(subject) {
      const { outcome } = await runOnce(subject, { script: 'exit 7' });
      return holdsIf(
        outcome.state === 'FAILED' && outcome.exitCode === 7,
        `a container that exits 7: ${outcome.state}, exit code ${outcome.exitCode}`,
      );
    },
  }),
  check({
    id: 'run-exit-signal',
    title: 'a task that is ended at its timeout carries the signal',
    async run(subject) {
      const { outcome } = await runOnce(subject, { script: 'exec sleep 100', task: { timeout: { seconds: 5 } } });
      return holdsIf(
        outcome.state === 'FAILED' && outcome.signal !== null,
        `${outcome.state}, exit code ${outcome.exitCode}, signal ${outcome.signal}`,
      );
    },
  }),
];

function isTerminal({ conditions, completionTime }: WireExecution): boolean {
  const completed = conditions?.find(({ type }) => type === 'Completed');
  return completionTime != null && /^CONDITION_(SUCCEEDED|FAILED)$/.test(String(completed?.state));
}

/** The wanted executions in the order of pages of one. */
async function listUntil({ executions }: RunClients, parent: string, wanted: readonly string[]): Promise<string[]> {
  const listed: string[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < MAX_PAGES && listed.length < wanted.length; page++) {
    const request = { parent, pageSize: 1, ...(pageToken && { pageToken }) };
    const [items, , response] = await executions.listExecutions(request, { autoPaginate: false });
    listed.push(...items.flatMap(({ name }) => (name && wanted.includes(name) ? [name] : [])));
    pageToken = response?.nextPageToken || undefined;
    if (pageToken === undefined) break;
  }
  return listed;
}
