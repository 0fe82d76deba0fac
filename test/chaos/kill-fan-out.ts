import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { allAre, openTestCloud, type TestCloud } from '../end-to-end/test-cloud.ts';

/**
 * `npm run chaos`: `fanOut` is killed with SIGKILL at a random moment of a promotion and replaced; Pub/Sub delivers again. In
 * the end every tenant must have adopted, and its workload must have run exactly once.
 *
 * `node test/chaos/kill-fan-out.ts [runs] [tenants]`; exits 1 where a run did not end so.
 */
const [runs = 20, tenants = 50] = process.argv.slice(2).map(Number);
const CLAIM_SECONDS = 3;
/** Each recheck reads the fleets of all runs so far. */
const RECHECK_SECONDS = 3;
/** A promotion of 50 tenants takes the function about so long. */
const SPAN_MS = 1_200;

type Run = {
  run: number;
  killedAfterMs: number;
  startedBefore: number;
  adopted: number;
  ranOnce: number;
  seconds: number;
};

const say = (line: string) => process.stdout.write(`${line}\n`);

const cloud = await openTestCloud({
  runQuotaPerMinute: 100_000,
  claimSeconds: CLAIM_SECONDS,
  recheckSeconds: RECHECK_SECONDS,
});
let failures = 0;
try {
  say('run  killed after  started before  adopted  ran once  seconds');
  for (let run = 1; run <= runs; run++) {
    const result = await killOnce(cloud, run);
    if (result.adopted !== tenants || result.ranOnce !== tenants) failures++;
    say(
      [
        String(run).padStart(3),
        `${result.killedAfterMs} ms`.padStart(12),
        String(result.startedBefore).padStart(15),
        String(result.adopted).padStart(7),
        String(result.ranOnce).padStart(8),
        result.seconds.toFixed(1).padStart(7),
      ].join('  '),
    );
  }
} finally {
  await cloud.close();
}
say(`${runs} runs of ${tenants} tenants, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

async function killOnce(cloud: TestCloud, run: number): Promise<Run> {
  const runtime = `chaos-${run}`;
  await cloud.addTenants(
    runtime,
    Array.from({ length: tenants }, (_, index) => `t-${index}`),
  );
  const script = `echo x >> "${cloud.traces}/${runtime}-$CLOUD_RUN_JOB-$CLOUD_RUN_EXECUTION"`;
  const event = { runtime, ...(await cloud.environment(runtime, script)), promotionId: runtime };
  const startedAt = performance.now();
  await cloud.publish(event);
  const killedAfterMs = Math.round(Math.random() * SPAN_MS);
  await sleep(killedAfterMs);
  process.kill(cloud.local.functions.running.get('fanOut')?.pid ?? 0, 'SIGKILL');
  const startedBefore = (await cloud.executions(runtime)).length;
  const view = await cloud.untilFleet(runtime, allAre('ADOPTED'));
  const seconds = (performance.now() - startedAt) / 1000;
  await cloud.untilFleet(runtime, ({ state }) => state === 'SUCCEEDED');
  return {
    run,
    killedAfterMs,
    startedBefore,
    adopted: view.tenants.filter(({ adoption }) => adoption === 'ADOPTED').length,
    ranOnce: await ranOnce(cloud, runtime),
    seconds,
  };
}

/** How many tenants' workloads left exactly one trace, in one execution. */
async function ranOnce(cloud: TestCloud, runtime: string): Promise<number> {
  const traces = (await readdir(cloud.traces)).filter((name) => name.startsWith(`${runtime}-chaos`));
  const byJob = Map.groupBy(traces, (name) => /^chaos-\d+-(.*)-chaos-/.exec(name)?.[1]);
  return [...byJob.values()].filter((names) => names.length === 1).length;
}
