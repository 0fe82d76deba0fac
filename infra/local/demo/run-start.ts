import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamOutput } from '#functions/cli/output/output.ts';
import { promotionExitCodes, promotionResult, resultLines } from '#functions/cli/promotion/result.ts';
import { concludePromotion } from '#functions/core/status/conclusion.ts';
import type { PromotionProgress, PublishedPromotion } from '#functions/core/status/promotion-progress.ts';
import { type LocalCloud, startCloud } from '../cloud.ts';
import { externalServers } from '../external-servers.ts';
import { knownPorts } from '../free-port.ts';
import type { FunctionHost } from '../functions/function-process.ts';
import { layout } from '../layout.ts';
import { removeTarget, runningPid, writeTarget } from '../target-file.ts';
import { followRollout } from './follow-rollout.ts';
import {
  freeze,
  nextSample,
  publishSample,
  readSample,
  type Sample,
  tamper,
  unfreeze,
  uploadSample,
} from './promote-sample.ts';
import { sampleTenants } from './sample-tenants.ts';
import { rolloutScreen, seconds } from './show-rollout.ts';
import type { StartOptions } from './start-options.ts';

/** Times are counted from the start of the process. */
const startedAt = 0;
const home = resolve('.pincast');
const targetFile = join(home, 'target.json');

/** The other functions start when the rollout has ended, or after this time: the sandboxes need the processors first. */
const REST_AFTER_MS = 4_000;

/** The exit code by which a shell reports SIGINT. */
const INTERRUPTED = 130;

/** Writes a line to stdout. With `--json` the summary is the last of these lines. */
const printLine = (line: string) => process.stdout.write(`${line}\n`);

export async function runStart(options: StartOptions, fanOutHost: FunctionHost): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const running = options.once ? undefined : await runningPid(targetFile);
  if (running !== undefined) {
    process.stderr.write(`The local cloud of this directory is already running (process ${running}).\n`);
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
  printLine(`${seconds(startedAt)}  local cloud is up: ${describe(cloud)}`);
  await Promise.all([cloud.addTenants(layout.runtime, sampleTenants(options.tenants)), uploadSample(cloud, sample)]);
  const promotion = await promoteSample(cloud, sample, options, signal);
  const ended = Promise.withResolvers<void>();
  const rest = Promise.race([ended.promise, sleep(REST_AFTER_MS, undefined, { ref: false })]).then(() =>
    startRest(cloud, options),
  );
  const failure = new AbortController();
  rest.catch(() => failure.abort());
  const progress = await showRollout(cloud, promotion, options, AbortSignal.any([signal, failure.signal]));
  if (!options.once) ended.resolve();
  if (failure.signal.aborted || (!options.once && !signal.aborted)) await rest;
  if (options.json && progress.kind === 'recorded') printLine(JSON.stringify(progress.fleet));
  if (!options.once && !signal.aborted) await stayUp(cloud, signal);
  return isInterrupted(progress, signal) ? INTERRUPTED : promotionExitCodes[promotionResult(progress, 'succeeded')];
}

function isInterrupted(progress: PromotionProgress, signal: AbortSignal): boolean {
  return signal.aborted && concludePromotion(progress, 'succeeded') === undefined;
}

/** Shows the rollout until it ends, then its result. */
async function showRollout(
  cloud: LocalCloud,
  promotion: PublishedPromotion,
  options: StartOptions,
  signal: AbortSignal,
): Promise<PromotionProgress> {
  const output = streamOutput(process.stdout, process.env);
  const screen = await rolloutScreen(process.stdout, output, startedAt);
  let firstAdopted: string | undefined;
  const onProgress = (progress: PromotionProgress) => {
    if (hasAdopted(progress)) firstAdopted ??= seconds(0).trim();
    screen.show(progress);
  };
  const deadline = options.once ? { deadline: new Date(Date.now() + options.timeoutSeconds * 1000) } : {};
  const last = await followRollout(cloud, { promotion, until: 'succeeded', signal, onProgress, ...deadline });
  screen.done();
  if (isInterrupted(last, signal)) printLine('interrupted before the rollout had ended');
  else for (const line of resultLines(last, 'succeeded', new Date(), output)) printLine(line);
  const first = firstAdopted === undefined ? '' : `first ADOPTED after ${firstAdopted}, `;
  printLine(`${first}total ${seconds(startedAt).trim()}`);
  return last;
}

function hasAdopted(progress: PromotionProgress): boolean {
  return progress.kind === 'recorded' && progress.tenants.some(({ adoption }) => adoption === 'ADOPTED');
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
): Promise<PublishedPromotion> {
  const launch = options.environment !== null && options.workload.length === 0 ? 'verify' : 'run';
  if (!options.tamper) {
    printLine(`${seconds(startedAt)}  promoting ${sample.digest} to ${options.tenants} tenants of ${layout.runtime}`);
    return publishSample(cloud, sample, launch);
  }
  await cloud.ready();
  await freeze(cloud);
  const published = await publishSample(cloud, sample, launch);
  await followRollout(cloud, { promotion: published, until: 'recorded', signal });
  await tamper(cloud, sample);
  printLine(
    `${seconds(startedAt)}  promoted ${sample.digest}; the stored tar was then replaced by one with a flipped byte`,
  );
  await unfreeze(cloud);
  return published;
}

async function stayUp(cloud: LocalCloud, signal: AbortSignal): Promise<void> {
  printLine(`status: ${statusUrl(cloud)}/api/fleet/${layout.runtime}`);
  printLine('The local cloud stays up until Ctrl-C. In another terminal: npx pincast status');
  while (!signal.aborted) await sleep(3_600_000, undefined, { signal }).catch(() => undefined);
}
