import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetView } from '../../functions/core/fleet-view.ts';
import { type LocalCloud, startCloud } from './cloud.ts';
import { externalServers } from './external-servers.ts';
import { followRollout, untilRecorded } from './follow-rollout.ts';
import { knownPorts } from './free-port.ts';
import type { FunctionHost } from './function-process.ts';
import { layout } from './layout.ts';
import {
  freeze,
  nextSample,
  type Published,
  publishSample,
  readSample,
  type Sample,
  tamper,
  unfreeze,
  uploadSample,
} from './promote-sample.ts';
import { countLine, pinLine } from './rollout-lines.ts';
import { sampleTenants } from './sample-tenants.ts';
import { rolloutScreen, seconds } from './show-rollout.ts';
import type { StartOptions } from './start-options.ts';
import { removeTarget, runningPid, writeTarget } from './target-file.ts';

/** Times are counted from the start of the process. */
const startedAt = 0;
const home = resolve('.pincast');
const targetFile = join(home, 'target.json');

/** The other functions start when the first tenant has had the processors to itself, or after this. */
const REST_AFTER_MS = 4_000;

/** With `--json` the last line of stdout is the summary, so everything else goes there before it. */
const say = (line: string) => process.stdout.write(`${line}\n`);

export async function runStart(options: StartOptions, fanOutHost: FunctionHost): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const running = options.once ? undefined : await runningPid(targetFile);
  if (running !== undefined) {
    process.stderr.write(`The local cloud of this folder runs already (process ${running}).\n`);
    return 69;
  }
  const stateDir = options.once ? join(home, `once-${process.pid}`) : join(home, 'state');
  const sample = await readSample(options.environment);
  let cloud: LocalCloud | undefined;
  try {
    cloud = await bootCloud(options, stateDir, fanOutHost);
    return await run(cloud, sample, options, stop.signal);
  } finally {
    if (!options.once) await removeTarget(targetFile);
    await cloud?.close();
    if (options.once) await rm(stateDir, { recursive: true, force: true });
  }
}

async function bootCloud(options: StartOptions, stateDir: string, fanOutHost: FunctionHost): Promise<LocalCloud> {
  const external = externalServers();
  const ports = options.once ? { storage: 0, pubsub: 0, run: 0, provisioner: 0 } : await knownPorts();
  return startCloud({
    fanOutHost,
    stateDir,
    ports,
    external,
    runQuotaPerMinute: options.runQuota,
    retryFirstSeconds: 2,
    maxRunningExecutions: 1000,
    recheckSeconds: options.recheckSeconds,
    workload: options.workload.length > 0 ? options.workload : ['greet', 'pincast'],
  });
}

async function run(cloud: LocalCloud, sample: Sample, options: StartOptions, signal: AbortSignal): Promise<number> {
  say(`${seconds(startedAt)}  local cloud is up: ${describe(cloud)}`);
  await Promise.all([cloud.addTenants(layout.runtime, sampleTenants(options.tenants)), uploadSample(cloud, sample)]);
  const published = await promoteSample(cloud, sample, options, signal);
  const ended = Promise.withResolvers<void>();
  const rest = Promise.race([ended.promise, sleep(REST_AFTER_MS, undefined, { ref: false })]).then(() =>
    startRest(cloud, options),
  );
  const failure = new AbortController();
  rest.catch(() => failure.abort());
  const ends = [signal, failure.signal, ...(options.once ? [AbortSignal.timeout(options.timeoutSeconds * 1000)] : [])];
  const screen = await rolloutScreen(process.stdout, startedAt);
  const followed = await followRollout(cloud, published, screen, AbortSignal.any(ends));
  if (!options.once) ended.resolve();
  if (failure.signal.aborted || (!options.once && !signal.aborted)) await rest;
  const { view, firstAdopted } = followed;
  if (firstAdopted !== undefined) say(`first ADOPTED after ${firstAdopted}`);
  if (view !== undefined) summarize(view, options);
  if (!options.once) await stayUp(cloud, signal);
  return view?.tenants.every(({ adoption }) => adoption === 'ADOPTED') ? 0 : 1;
}

async function startRest(cloud: LocalCloud, options: StartOptions): Promise<void> {
  await cloud.ready();
  if (options.once) return;
  await uploadSample(cloud, nextSample());
  const provisioner = cloud.provisioner.url;
  await writeTarget(targetFile, {
    formatVersion: 1,
    name: 'local',
    pid: process.pid,
    env: cloud.env,
    provisioner,
    statusUrl: statusUrl(cloud),
  });
}

function statusUrl(cloud: LocalCloud): string {
  return cloud.functions.running.get('status')?.url ?? '';
}

function describe({ endpoints }: LocalCloud): string {
  return `storage ${endpoints.storage}, pubsub ${endpoints.pubsub}, run ${endpoints.run}`;
}

async function promoteSample(
  cloud: LocalCloud,
  sample: Sample,
  options: StartOptions,
  signal: AbortSignal,
): Promise<Published> {
  const launch = options.environment !== null && options.workload.length === 0 ? 'verify' : 'run';
  if (!options.tamper) {
    say(`${seconds(startedAt)}  promoting ${sample.digest} to ${options.tenants} tenants of ${layout.runtime}`);
    return publishSample(cloud, sample, launch);
  }
  await cloud.ready();
  await freeze(cloud);
  const published = await publishSample(cloud, sample, launch);
  await untilRecorded(cloud, published, signal);
  await tamper(cloud, sample);
  say(`${seconds(startedAt)}  promoted ${sample.digest}; the stored tar was then replaced by one with a flipped byte`);
  await unfreeze(cloud);
  return published;
}

function summarize(view: FleetView, options: StartOptions): void {
  say(pinLine(view));
  say(`${seconds(startedAt).trim()}: ${countLine(view)}`);
  if (options.json) say(JSON.stringify(view));
}

async function stayUp(cloud: LocalCloud, signal: AbortSignal): Promise<void> {
  say(`status: ${statusUrl(cloud)}/api/fleet/${layout.runtime}`);
  say('The local cloud stays up until Ctrl-C. In another terminal: npx pincast status');
  while (!signal.aborted) await sleep(3_600_000, undefined, { signal }).catch(() => undefined);
}
