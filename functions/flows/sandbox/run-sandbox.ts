import { errorLine } from '../../core/sandbox/error-line.ts';
import { receiptKindOf } from '../../core/sandbox/exit-codes.ts';
import type { SandboxOptions } from '../../core/sandbox/options.ts';
import { type Findings, nothingFound } from '../../core/sandbox/receipt-of.ts';
import { asSandboxError, SandboxError } from '../../core/sandbox/sandbox-error.ts';
import type { ArchiveFile, SandboxDeps } from '../../ports/sandbox.ts';
import { abortable } from './abortable.ts';
import { installEnvironment } from './install-environment.ts';
import { type LeaveReceipt, receiptWriter } from './receipts.ts';
import { confirmPin, type Pin, resolvePin } from './resolve-pin.ts';
import { endingOf, runWorkload } from './run-workload.ts';
import { timed } from './timed.ts';

/**
 * The sandbox, from its options to its exit code. It reads as the protocol: what is pinned, fetch, verify, unpack, prove
 * the adoption, ask again, run. Errors end here, as one line and one receipt.
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

/** Everything before the workload: afterwards the environment is there and the adoption is on record. */
async function adopt<File extends ArchiveFile>(
  options: SandboxOptions,
  findings: Findings,
  leaveReceipt: LeaveReceipt,
  deps: SandboxDeps<File>,
): Promise<void> {
  checkTaskCount(options);
  const pin = await timed('resolve', findings, deps, () =>
    abortable(deps.interruption, pinOf(options, findings, deps)),
  );
  await installEnvironment(pin, options.maxEnvironmentBytes, findings, deps);
  try {
    await abortable(deps.interruption, leaveReceipt('adopted'));
    if (options.mode.kind === 'pinned') {
      await abortable(deps.interruption, confirmPin(options.mode, pin, deps.records));
    }
  } catch (error) {
    deps.workspace.conceal();
    throw error;
  }
}

async function pinOf({ mode }: SandboxOptions, findings: Findings, deps: Pick<SandboxDeps<ArchiveFile>, 'records'>) {
  if (mode.kind === 'pinned') return resolvePin(mode, findings, deps.records);
  findings.expectedDigest = mode.digest;
  findings.url = mode.url.text;
  return { url: mode.url, digest: mode.digest, assignment: null } satisfies Pin;
}

/** Several tasks would write the same tenant's results at once, each with its own idea of what is assigned. */
function checkTaskCount({ taskCount }: SandboxOptions): void {
  if (taskCount === 1) return;
  const message = `one task runs a tenant's workload; this execution has ${taskCount} (CLOUD_RUN_TASK_COUNT)`;
  throw new SandboxError('TASK_COUNT_REFUSED', message, { expected: '1', actual: String(taskCount) });
}

/** The workload's exit code stands, even where its last receipt cannot be written: the adoption is on record. */
async function finish(
  options: SandboxOptions,
  findings: Findings,
  leaveReceipt: LeaveReceipt,
  deps: Omit<SandboxDeps<ArchiveFile>, 'workspace'>,
): Promise<number> {
  const ended = await runWorkload(options, findings, deps);
  if (ended.error !== null) deps.complain(errorLine(ended.error));
  await leaveReceipt('finished', endingOf(ended)).catch((cause: unknown) => {
    deps.complain(errorLine(asSandboxError(cause)));
  });
  return ended.exitCode;
}

/** The line first: a receipt that cannot be written must not hide why the run ended. */
async function giveUp(
  error: SandboxError,
  leaveReceipt: LeaveReceipt,
  { complain, say }: Pick<SandboxDeps<ArchiveFile>, 'complain' | 'say'>,
): Promise<number> {
  complain(errorLine(error));
  const { code, message } = error;
  await leaveReceipt(receiptKindOf(code), { code, message }).catch((cause: unknown) => {
    say(`no receipt could be left: ${asSandboxError(cause).message}`);
  });
  return error.exitCode;
}
