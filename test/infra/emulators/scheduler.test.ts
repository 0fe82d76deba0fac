import { afterEach, describe, expect, test } from 'vitest';
import {
  type LocalScheduler,
  retryDelay,
  type ScheduledJob,
  startScheduler,
} from '../../../infra/emulators/scheduler.ts';

type Published = { topic: string; data: string; attributes: Record<string, string> };

const job: ScheduledJob = { name: 'recheck', everySeconds: 3600, topic: 'fleet-recheck', data: '{"all":true}' };
const open: LocalScheduler[] = [];
afterEach(() => Promise.all(open.splice(0).map((scheduler) => scheduler.close())));

/** A topic that can fail so many times first, and that can be held back. */
function fakeTopic(failures = 0) {
  const published: Published[] = [];
  const reports: Record<string, unknown>[] = [];
  let attempts = 0;
  let gate: Promise<void> = Promise.resolve();
  return {
    published,
    reports,
    attempts: () => attempts,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    log: (message: string, fields: Record<string, unknown>) => void reports.push({ message, ...fields }),
    async publish(topic: string, data: Buffer, attributes: Record<string, string>) {
      attempts += 1;
      await gate;
      if (attempts <= failures) throw new Error('the topic is away');
      published.push({ topic, data: data.toString(), attributes });
    },
  };
}

function start(topic: ReturnType<typeof fakeTopic>, jobs: ScheduledJob[], retry = { minimum: 1, maximum: 4 }) {
  const scheduler = startScheduler({ jobs, publish: topic.publish, log: topic.log, retry });
  open.push(scheduler);
  return scheduler;
}

describe('the local scheduler', () => {
  test('publishes a job every period, the first time after one period', async () => {
    const topic = fakeTopic();
    start(topic, [{ ...job, everySeconds: 0.02, attributes: { source: 'scheduler' } }]);
    expect(topic.published).toEqual([]);
    await expect.poll(() => topic.published.length).toBeGreaterThanOrEqual(2);
    const expected = { topic: 'fleet-recheck', data: '{"all":true}', attributes: { source: 'scheduler' } };
    expect(topic.published[1]).toEqual(expected);
  });

  test('runs a job now and resolves once it is published', async () => {
    const topic = fakeTopic();
    await start(topic, [job]).runNow('recheck');
    expect(topic.published).toHaveLength(1);
  });

  test('tries a failed publish again until it succeeds, and reports every failure', async () => {
    const topic = fakeTopic(3);
    await start(topic, [job]).runNow('recheck');
    expect(topic.published).toHaveLength(1);
    expect(topic.reports.map(({ job: name, attempt, reason }) => ({ name, attempt, reason }))).toEqual(
      [1, 2, 3].map((attempt) => ({ name: 'recheck', attempt, reason: 'the topic is away' })),
    );
  });

  test('two runs of one job never overlap, whether scheduled or requested', async () => {
    const topic = fakeTopic();
    const release = topic.hold();
    const scheduler = start(topic, [{ ...job, everySeconds: 0.005 }]);
    const runs = [scheduler.runNow('recheck'), scheduler.runNow('recheck')];
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(topic.attempts()).toBe(1);
    release();
    await Promise.all(runs);
    await expect.poll(() => topic.published.length).toBeGreaterThanOrEqual(2);
  });

  test('a job that fails does not hold up another one', async () => {
    const topic = fakeTopic();
    const publish = (name: string, data: Buffer, attributes: Record<string, string>) =>
      name === 'broken' ? Promise.reject(new Error('no such topic')) : topic.publish(name, data, attributes);
    const jobs = [{ ...job, name: 'broken', topic: 'broken' }, job];
    const scheduler = startScheduler({ jobs, publish, log: topic.log, retry: { minimum: 5, maximum: 5 } });
    open.push(scheduler);
    const broken = scheduler.runNow('broken').catch((error: Error) => error.message);
    await scheduler.runNow('recheck');
    expect(topic.published).toHaveLength(1);
    await scheduler.close();
    expect(await broken).toBe('the scheduler closed before broken was published');
  });

  test('nothing is published after close', async () => {
    const topic = fakeTopic();
    const scheduler = start(topic, [{ ...job, everySeconds: 0.005 }]);
    await scheduler.close();
    await expect(scheduler.runNow('recheck')).rejects.toThrow('the scheduler is closed');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(topic.published).toEqual([]);
  });

  test('refuses to run a name that no job has', async () => {
    const topic = fakeTopic();
    await expect(start(topic, [job]).runNow('nothing')).rejects.toThrow('no scheduled job is named "nothing"');
    expect(topic.attempts()).toBe(0);
  });

  test.each([
    ['two jobs of one name', [job, job], /same name/],
    ['a period of zero', [{ ...job, everySeconds: 0 }], /every 0 s; more than zero/],
    ['a period that no timer can hold', [{ ...job, everySeconds: 3e6 }], /at most 2147483 is wanted/],
  ])('refuses to start with %s', (_, jobs, message) => {
    expect(() => start(fakeTopic(), jobs)).toThrow(message);
  });

  test('backs off exponentially up to the maximum', () => {
    const delays = [1, 2, 3, 4, 5, 99].map((failures) => retryDelay(failures, { minimum: 100, maximum: 1_000 }));
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });
});
