export type ScheduledJob = {
  name: string;
  everySeconds: number;
  topic: string;
  data: Buffer | string;
  attributes?: Record<string, string>;
};

/** A scheduler's log line: a static message and its fields. */
export type SchedulerLog = (message: string, fields: Record<string, unknown>) => void;

export type SchedulerOptions = {
  jobs: readonly ScheduledJob[];
  publish: (topic: string, data: Buffer, attributes: Record<string, string>) => Promise<void>;
  log: SchedulerLog;
  /** Backoff between the attempts of one run, in milliseconds; doubled from the minimum up to the maximum. */
  retry?: { minimum: number; maximum: number };
};

export type LocalScheduler = {
  /**
   * Runs a job now, as "force run" does, or joins the run in progress. Resolves when it is published.
   *
   * @throws Error for a name that no job has, or when the scheduler closes before the publish succeeded
   */
  runNow(name: string): Promise<void>;
  /** Starts nothing more, and resolves when the publishes under way have ended. */
  close(): Promise<void>;
};

/** Node fires a longer timer at once. */
const LONGEST_SECONDS = Math.floor((2 ** 31 - 1) / 1000);

const RETRY = { minimum: 1_000, maximum: 60_000 };

/** How long to wait after this many failed attempts. */
export function retryDelay(failures: number, { minimum, maximum }: { minimum: number; maximum: number }): number {
  return Math.min(maximum, minimum * 2 ** Math.min(failures - 1, 30));
}

function checkJobs(jobs: readonly ScheduledJob[]): void {
  const names = new Set(jobs.map(({ name }) => name));
  if (names.size !== jobs.length) throw new Error('two scheduled jobs have the same name');
  const wrong = jobs.find(({ everySeconds }) => !(everySeconds > 0 && everySeconds <= LONGEST_SECONDS));
  if (!wrong) return;
  const { name, everySeconds } = wrong;
  throw new Error(
    `the job ${name} runs every ${everySeconds} s; more than zero and at most ${LONGEST_SECONDS} is wanted`,
  );
}

/** Waits, unless the signal ends it; returns whether the time is up. */
function wait(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const stop = () => resolve(false);
  const timer = setTimeout(() => resolve(true), milliseconds);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  });
}

/** One run of a job: at least one publish, however many attempts that takes. */
async function runJob(job: ScheduledJob, options: SchedulerOptions, closing: AbortSignal): Promise<void> {
  const { publish, log, retry = RETRY } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await publish(job.topic, Buffer.from(job.data), job.attributes ?? {});
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const retryInMilliseconds = retryDelay(attempt, retry);
      log('a scheduled publish failed and is tried again', { job: job.name, attempt, reason, retryInMilliseconds });
      const goOn = await wait(retryInMilliseconds, closing);
      if (!goOn) throw new Error(`the scheduler closed before ${job.name} was published`, { cause: error });
    }
  }
}

/**
 * What Cloud Scheduler does with a Pub/Sub target: publishes at least once every `everySeconds`, the first time after
 * one period; no two runs of a job overlap, and a tick that finds one under way is skipped.
 */
export function startScheduler(options: SchedulerOptions): LocalScheduler {
  checkJobs(options.jobs);
  const closing = new AbortController();
  const underWay = new Map<string, Promise<void>>();

  function run(job: ScheduledJob): Promise<void> {
    const running = underWay.get(job.name);
    if (running) return running;
    const started = runJob(job, options, closing.signal).finally(() => underWay.delete(job.name));
    underWay.set(job.name, started);
    return started;
  }

  // A run that close() ends has been reported with its last failure.
  const tick = (job: ScheduledJob) => void run(job).catch(() => {});
  const timers = options.jobs.map((job) => setInterval(tick, job.everySeconds * 1000, job));
  return {
    async runNow(name) {
      const job = options.jobs.find((candidate) => candidate.name === name);
      if (!job) throw new Error(`no scheduled job is named ${JSON.stringify(name)}`);
      if (closing.signal.aborted) throw new Error(`the scheduler is closed: ${name} is not run`);
      await run(job);
    },
    async close() {
      closing.abort();
      for (const timer of timers) clearInterval(timer);
      await Promise.allSettled(underWay.values());
    },
  };
}
