import { asSandboxError, errorLine, receiptKindOf, SandboxError } from '../../core/sandbox/errors.ts';
import type { SandboxOptions } from '../../core/sandbox/options/types.ts';
import type { ArchiveFile, SandboxDeps } from '../../ports/sandbox.ts';
import { abortable, handleSignals, withinGracePeriod } from './abortable.ts';
import { deliverResults } from './deliver-results.ts';
import { installEnvironment } from './install-environment.ts';
import { type Run, startRun } from './phases.ts';
import { leaveReceipt } from './receipts.ts';
import { confirmPin, resolvePin } from './resolve-pin.ts';
import { endingOf, runWorkload } from './run-workload.ts';

/**
 * Runs the sandbox and returns its exit code: resolve the pin, fetch, verify, unpack, store the adoption receipt, check the
 * pin again, run. Every error ends here, as one line and one receipt.
 */
export async function runSandbox<File extends ArchiveFile>(
  options: SandboxOptions,
  deps: SandboxDeps<File>,
): Promise<number> {
  const run = startRun(options, deps);
  try {
    await adopt(run);
  } catch (cause) {
    return giveUp(asSandboxError(cause), run);
  }
  return options.launch === 'verify' ? 0 : finish(run);
}

/** All steps before the workload. Afterwards the environment is installed and the adoption receipt stored. */
async function adopt<File extends ArchiveFile>(run: Run<File>): Promise<void> {
  const { options, deps, phases } = run;
  checkTask(options);
  const pin = await phases.run('resolve', () => abortable(deps.shutdownSignal, resolvePin(run)));
  await installEnvironment(pin, run);
  try {
    if (options.launch === 'run' && options.results.upload !== null) deps.results.prepare(options.results.url);
    await abortable(deps.shutdownSignal, leaveReceipt('adopted', run));
    await abortable(deps.shutdownSignal, confirmPin(pin, run));
    // The last step: the workload starts without yielding to the event loop again.
    await handleSignals(deps);
  } catch (error) {
    deps.workspace.rollback();
    throw error;
  }
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
async function finish(run: Run): Promise<number> {
  const { shutdownSignal, sleep, reportError } = run.deps;
  const withinGrace = withinGracePeriod(shutdownSignal, sleep);
  const ended = await runWorkload(run);
  if (ended.error !== null) reportError(errorLine(ended.error));
  const lost = await reportedError(withinGrace(deliverResults(endingOf(ended), run)), run);
  const final = lost === null || ended.exitCode !== 0 ? ended : { ...ended, exitCode: lost.exitCode, error: lost };
  await reportedError(leaveReceipt('finished', run, endingOf(final)), run);
  return final.exitCode;
}

/** The error of a step, after its line is written; null if the step succeeded. */
async function reportedError(step: Promise<void>, { deps }: Run): Promise<SandboxError | null> {
  try {
    await step;
    return null;
  } catch (cause) {
    const error = asSandboxError(cause);
    deps.reportError(errorLine(error));
    return error;
  }
}

/** Writes the error line first, so that a failing receipt cannot hide why the run ended. */
async function giveUp(error: SandboxError, run: Run): Promise<number> {
  const { reportError, info } = run.deps;
  reportError(errorLine(error));
  const { code, message, exitCode } = error;
  await leaveReceipt(receiptKindOf(code), run, { code, message, exitCode }).catch((cause: unknown) => {
    info(`no receipt could be left: ${asSandboxError(cause).message}`);
  });
  return exitCode;
}
