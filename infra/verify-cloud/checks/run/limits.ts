import pMap from 'p-map';
import { LaunchError } from '#functions/ports/launcher.ts';
import { createJob, ended, launch, quietMinute, regionOf } from '../../cloud/jobs.ts';
import { type Check, check, differs, holds, holdsIf, type Subject, unknown } from '../../runner/check.ts';
import { grpcCode, messageOf } from '../../runner/faults.ts';

const RUNS_PER_MINUTE = 180;
const BURST = 220;
/** Above the smallest plausible cap of a page. */
const LISTED = 105;
const RESOURCE_EXHAUSTED = 8;

/** Quotas and pages. */
export const limitChecks: readonly Check[] = [
  check({
    id: 'run-page-size',
    title: 'executions.list grants pages of 1,000',
    creates: `a job, ${LISTED} executions`,
    seconds: 900,
    alone: true,
    async run(subject) {
      const { cloud } = subject;
      const job = await createJob(subject);
      await pMap(Array.from({ length: LISTED }), async () => ended(subject, await launch(subject, job)), {
        concurrency: 8,
      });
      const { executions } = cloud.clients(cloud.region);
      const [page, , response] = await executions.listExecutions(
        { parent: job, pageSize: 1_000 },
        { autoPaginate: false },
      );
      if (page.length < LISTED && !response?.nextPageToken) return unknown(`only ${page.length} executions are kept`);
      return holdsIf(page.length >= LISTED, `${page.length} of ${LISTED} executions in a page of 1,000`);
    },
  }),
  check({
    id: 'run-limit',
    title: 'at the limit of running executions jobs.run answers RESOURCE_EXHAUSTED',
    needs: ['running-limit'],
    creates: 'a job, as many executions as the limit',
    seconds: 900,
    alone: true,
    async run(subject) {
      const { cloud } = subject;
      const limit = cloud.runningLimit ?? 0;
      const job = await createJob(subject, { script: 'exec sleep 600', task: { timeout: { seconds: 600 } } });
      for (let running = 0; running <= limit; running++) {
        try {
          await launch(subject, job);
        } catch (error) {
          if (!(error instanceof LaunchError)) throw error;
          if (error.code === 'QUOTA') return holds(`refused with ${running} running: ${error.message}`);
          return differs(`refused with ${running} running as ${error.code}: ${error.message}`);
        }
      }
      return differs(`accepted ${limit + 1} executions at a limit of ${limit}`);
    },
  }),
  check({
    id: 'run-rate',
    title: `jobs.run is allowed ${RUNS_PER_MINUTE} times a minute`,
    creates: `a job; ${BURST} calls of jobs.run that only validate`,
    alone: true,
    async run(subject) {
      const { cloud } = subject;
      const job = await createJob(subject, { region: cloud.quotaRegion });
      await quietMinute(subject, cloud.quotaRegion);
      const started = Date.now();
      const accepted = await acceptedOf(subject, job);
      const seconds = (Date.now() - started) / 1_000;
      const calls = `${accepted} calls in ${seconds.toFixed(1)} s`;
      if (accepted === BURST || seconds > 60)
        return unknown(`${calls} met no refusal, so validation may not be counted`);
      return holdsIf(accepted >= RUNS_PER_MINUTE, `${calls}, then RESOURCE_EXHAUSTED`);
    },
  }),
];

/** How many calls are accepted before the first refusal. */
async function acceptedOf({ cloud, signal }: Subject, job: string): Promise<number> {
  const { jobs } = cloud.clients(regionOf(job));
  for (let call = 0; call < BURST; call++) {
    signal.throwIfAborted();
    try {
      await jobs.runJob({ name: job, validateOnly: true });
    } catch (error) {
      if (grpcCode(error) === RESOURCE_EXHAUSTED) return call;
      throw new Error(`call ${call + 1}: ${messageOf(error)}`, { cause: error });
    }
  }
  return BURST;
}
