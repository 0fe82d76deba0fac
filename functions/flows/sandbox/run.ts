import { asSandboxError, errorLine, receiptKindOf, SandboxError } from '../../core/sandbox/errors.ts';
import type { SandboxOptions } from '../../core/sandbox/options/types.ts';
import { type Ending, type Findings, nothingFound, resultsReceipt } from '../../core/sandbox/receipts.ts';
import type { ArchiveFile, SandboxDeps } from '../../ports/sandbox.ts';
import { abortable, handleSignals, withinGracePeriod } from './abortable.ts';
import { deliverResults } from './deliver-results.ts';
import { installEnvironment } from './install-environment.ts';
import { type LeaveReceipt, makingOf, receiptWriter } from './receipts.ts';
import { confirmPin, type Pin, resolvePin } from './resolve-pin.ts';
import { type Ended, endingOf, runWorkload } from './run-workload.ts';
import { timed } from './timed.ts';

/**
 * Runs the sandbox and returns its exit code: resolve the pin, fetch, verify, unpack, store the adoption receipt, check the
 * pin again, run. Every error ends here, as one line and one receipt.
 */
export async function runSandbox<File extends ArchiveFile>(
  options: SandboxOptions,
  deps: SandboxDeps<File>,
): Promise<number> {
  const findings = nothingFound();
  const leaveReceipt = receiptWriter(options, findings, deps);
  try {
    await adopt(options, findings, leaveReceipt, deps);
  } catch (cause) {
    return giveUp(asSandboxError(cause), leaveReceipt, deps);
  }
  if (options.launch === 'verify') return 0;
  return finish(options, findings, leaveReceipt, deps);
}

/** All steps before the workload. Afterwards the environment is installed and the adoption receipt stored. */
async function adopt<File extends ArchiveFile>(
  options: SandboxOptions,
  findings: Findings,
  leaveReceipt: LeaveReceipt,
  deps: SandboxDeps<File>,
): Promise<void> {
  checkTask(options);
  const pin = await timed('resolve', findings, deps, () =>
    abortable(deps.shutdownSignal, pinOf(options, findings, deps)),
  );
  await installEnvironment(pin, options.maxEnvironmentBytes, findings, deps);
  try {
    if (options.launch === 'run' && options.results.upload !== null) deps.results.prepare(options.results.url);
    await abortable(deps.shutdownSignal, leaveReceipt('adopted'));
    if (options.mode.kind === 'pinned') {
      await abortable(deps.shutdownSignal, confirmPin(options.mode, pin, deps.records));
    }
    // The last step: the workload starts without yielding to the event loop again.
    await handleSignals(deps);
  } catch (error) {
    deps.workspace.rollback();
    throw error;
  }
}

async function pinOf({ mode }: SandboxOptions, findings: Findings, deps: Pick<SandboxDeps<ArchiveFile>, 'records'>) {
  if (mode.kind === 'pinned') return resolvePin(mode, findings, deps.records);
  findings.expectedDigest = mode.digest;
  findings.url = mode.url.text;
  return { url: mode.url, digest: mode.digest, assignment: null } satisfies Pin;
}

/**
 * Refuses several tasks, because they would write the same tenant's results at once. Refuses a second attempt of a task,
 * because a launch id allows one run: Pincast retries by a new launch.
 */
function checkTask({ taskCount, mode }: SandboxOptions): void {
  if (taskCount !== 1) {
    const message = `one task runs a tenant's workload; this execution has ${taskCount} (CLOUD_RUN_TASK_COUNT)`;
    throw new SandboxError('TASK_COUNT_REFUSED', message, { expected: '1', actual: String(taskCount) });
  }
  if (mode.kind === 'direct' || mode.task.attempt === 0) return;
  const actual = String(mode.task.attempt);
  const message = `this is attempt ${actual} of its task (CLOUD_RUN_TASK_ATTEMPT), expected 0: set the job's maxRetries to 0`;
  throw new SandboxError('TASK_ATTEMPT_REFUSED', message, { expected: '0', actual });
}

/**
 * Runs the workload, uploads its results, stores the last receipt. The workload's exit code is kept unless it is 0 and the
 * upload failed. A failure to store the receipt keeps the exit code, because the adoption receipt is stored.
 */
async function finish(
  options: SandboxOptions,
  findings: Findings,
  leaveReceipt: LeaveReceipt,
  deps: Omit<SandboxDeps<ArchiveFile>, 'workspace'>,
): Promise<number> {
  const withinGrace = withinGracePeriod(deps.shutdownSignal, deps.sleep);
  const ended = await runWorkload(options, findings, deps);
  if (ended.error !== null) deps.reportError(errorLine(ended.error));
  const lost = await failureOf(withinGrace(results(options, findings, endingOf(ended), deps)));
  if (lost !== null) deps.reportError(errorLine(lost));
  const final = withLoss(ended, lost);
  const unrecorded = await failureOf(leaveReceipt('finished', endingOf(final)));
  if (unrecorded !== null) deps.reportError(errorLine(unrecorded));
  return final.exitCode;
}

async function results(
  options: SandboxOptions,
  findings: Findings,
  ending: Ending,
  deps: Omit<SandboxDeps<ArchiveFile>, 'workspace'>,
): Promise<void> {
  if (options.results.upload === null) return;
  const receipt = resultsReceipt(options, findings, ending, makingOf(deps));
  await timed('results', findings, deps, () => deliverResults(options, receipt, deps));
}

function withLoss(ended: Ended, lost: SandboxError | null): Ended {
  if (lost === null || ended.exitCode !== 0) return ended;
  return { ...ended, exitCode: lost.exitCode, error: lost };
}

async function failureOf(step: Promise<void>): Promise<SandboxError | null> {
  try {
    await step;
    return null;
  } catch (error) {
    return asSandboxError(error);
  }
}

/** Writes the error line first, so that a failing receipt cannot hide why the run ended. */
async function giveUp(
  error: SandboxError,
  leaveReceipt: LeaveReceipt,
  { reportError, info }: Pick<SandboxDeps<ArchiveFile>, 'reportError' | 'info'>,
): Promise<number> {
  reportError(errorLine(error));
  const { code, message, exitCode } = error;
  await leaveReceipt(receiptKindOf(code), { code, message, exitCode }).catch((cause: unknown) => {
    info(`no receipt could be left: ${asSandboxError(cause).message}`);
  });
  return exitCode;
}
