import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamOutput } from '#functions/cli/output/output.ts';
import { progressStatus, promotionExitCodes, promotionResult, resultLines } from '#functions/cli/promotion/result.ts';
import { connect, type OperatorCloud } from '#functions/cli/target/connect.ts';
import { waitWithProgress } from '#functions/cli/wait-with-progress.ts';
import { readConfig } from '#functions/core/config.ts';
import { concludePromotion } from '#functions/core/status/conclusion.ts';
import type { PromotionProgress, PublishedPromotion } from '#functions/core/status/promotion-progress.ts';
import { systemClock } from '#functions/host/clock.ts';
import { type LocalCloud, startCloud } from '../cloud.ts';
import { externalServers } from '../external-servers.ts';
import { knownPorts } from '../free-port.ts';
import type { FunctionHost } from '../functions/function-process.ts';
import { layout } from '../layout.ts';
import { removeTarget, runningPid, writeTarget } from '../target-file.ts';
import { describeKept, isShownOnly, readKeptFleet, refuseOtherSize } from './kept-fleet.ts';
import { followSample, freeze, publishSample, tamper, unfreeze } from './promote.ts';
import { nextSample, readSample, type Sample, sampleTenants } from './sample.ts';
import { DEFAULT_TENANTS, type StartOptions } from './start-options.ts';

const home = resolve('.pincast');
const targetFile = join(home, 'target.json');

/** The other functions start when the rollout has ended, or after this time: the sandboxes need the processors first. */
const REST_AFTER_MS = 4_000;

/** 31 years. */
const FOREVER_SECONDS = 1e9;

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
    report: (line) => process.stderr.write(`${line}\n`),
    workload: options.workload.length > 0 ? options.workload : ['greet', 'pincast'],
    keepsWorkloads: options.workload.length === 0,
  });
}

async function run(cloud: LocalCloud, sample: Sample, options: StartOptions, signal: AbortSignal): Promise<number> {
  printLine(`${passed()}  local cloud is up: ${describe(cloud)}`);
  const operator = await connect({ description: 'local', config: readConfig(cloud.env) }, systemClock, silentLog);
  const failure = new AbortController();
  const demo = { cloud, operator, options, signal: AbortSignal.any([signal, failure.signal]) };
  const promotion = await promoteOrResume(sample, demo);
  const ended = Promise.withResolvers<void>();
  const rest = Promise.race([ended.promise, sleep(REST_AFTER_MS, undefined, { ref: false })]).then(() =>
    startRest(demo),
  );
  rest.catch(() => failure.abort());
  const progress = await showRollout(promotion, demo);
  if (!options.once) ended.resolve();
  if (failure.signal.aborted || (!options.once && !signal.aborted)) await rest;
  if (options.json && progress.kind === 'recorded') printLine(JSON.stringify(progress.fleet));
  if (!options.once && !signal.aborted) await stayUp(cloud, signal);
  return isInterrupted(progress, signal) ? INTERRUPTED : promotionExitCodes[promotionResult(progress, 'succeeded')];
}

/** The running cloud, as its owner and as an operator sees it. */
type Demo = { cloud: LocalCloud; operator: OperatorCloud; options: StartOptions; signal: AbortSignal };

const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The seconds since the start of the process. */
function passed(): string {
  return `${(performance.now() / 1000).toFixed(2).padStart(7)}s`;
}

function isInterrupted(progress: PromotionProgress, signal: AbortSignal): boolean {
  return signal.aborted && concludePromotion(progress, 'succeeded') === undefined;
}

/** A new state gets a fleet and a promotion. A kept one is shown as it is, unless the options need a promotion. */
async function promoteOrResume(sample: Sample, demo: Demo): Promise<PublishedPromotion> {
  const { cloud, operator, options } = demo;
  const kept = await readKeptFleet(operator);
  if (kept !== undefined) refuseOtherSize(kept, options.tenants);
  if (kept !== undefined && isShownOnly(options)) {
    printLine(`${passed()}  ${describeKept(kept)}`);
    return kept.latest;
  }
  const tenants = options.tenants ?? DEFAULT_TENANTS;
  const added = kept === undefined ? cloud.addTenants(layout.runtime, sampleTenants(tenants)) : undefined;
  await Promise.all([added, operator.uploads.create(sample.upload)]);
  return promote(sample, kept?.tenants ?? tenants, demo);
}

/** Shows the rollout until it ends, then its result. */
async function showRollout(promotion: PublishedPromotion, { operator, options, signal }: Demo) {
  let firstAdopted = '';
  const wait = {
    until: (deadline: Date, onProgress: (seen: PromotionProgress) => void) => {
      const onSeen = (seen: PromotionProgress) => {
        if (hasAdopted(seen)) firstAdopted ||= `first ADOPTED after ${passed().trim()}, `;
        onProgress(seen);
      };
      return followSample({ promotion, until: 'succeeded', deadline, signal, onSeen }, operator);
    },
    describe: progressStatus,
    timeoutSeconds: options.once ? options.timeoutSeconds : FOREVER_SECONDS,
  };
  const terminal = { clock: systemClock, err: streamOutput(process.stderr, process.env) };
  const { last } = await waitWithProgress(wait, {}, terminal);
  const output = streamOutput(process.stdout, process.env);
  if (isInterrupted(last, signal)) printLine('interrupted before the rollout had ended');
  else for (const line of resultLines(last, 'succeeded', new Date(), output)) printLine(line);
  printLine(`${firstAdopted}total ${passed().trim()}`);
  return last;
}

function hasAdopted(progress: PromotionProgress): boolean {
  return progress.kind === 'recorded' && progress.tenants.some(({ adoption }) => adoption === 'ADOPTED');
}

async function startRest({ cloud, operator, options }: Demo): Promise<void> {
  await cloud.ready();
  if (options.once) return;
  await operator.uploads.create(nextSample().upload);
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

/** With `--tamper` the stored tar is replaced after the promotion was checked and before a sandbox is launched. */
async function promote(
  sample: Sample,
  tenants: number,
  { cloud, operator, options, signal }: Demo,
): Promise<PublishedPromotion> {
  const launch = options.environment !== null && options.workload.length === 0 ? 'verify' : 'run';
  if (!options.tamper) {
    printLine(`${passed()}  promoting ${sample.digest} to ${tenants} tenants of ${layout.runtime}`);
    return publishSample(sample, launch, operator);
  }
  await cloud.ready();
  await freeze(cloud);
  const promotion = await publishSample(sample, launch, operator);
  const deadline = new Date(Date.now() + FOREVER_SECONDS * 1000);
  await followSample({ promotion, until: 'recorded', deadline, signal, onSeen: () => undefined }, operator);
  await tamper(cloud, sample);
  printLine(`${passed()}  promoted ${sample.digest}; the stored tar was then replaced by one with a flipped byte`);
  await unfreeze(cloud, operator);
  return promotion;
}

async function stayUp(cloud: LocalCloud, signal: AbortSignal): Promise<void> {
  printLine(`status: ${statusUrl(cloud)}/api/fleet/${layout.runtime}`);
  printLine('The local cloud stays up until Ctrl-C. In another terminal: npx pincast status');
  while (!signal.aborted) await sleep(3_600_000, undefined, { signal }).catch(() => undefined);
}
