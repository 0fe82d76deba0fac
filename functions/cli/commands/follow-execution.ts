import type { Receipt } from '../../core/records/receipt.ts';
import type { Tenant } from '../../core/records/tenant.ts';
import type { Execution } from '../../core/values/execution.ts';
import { describeOutcome } from '../../core/values/outcome.ts';
import { receiptsOfExecution, waitForExecution } from '../../flows/status/wait.ts';
import { CliError, type ExitCode, exitCodes } from '../errors.ts';
import { shortDigest } from '../output/fleet-table.ts';
import { type Output, writeResult } from '../output/output.ts';
import { sanitizeForTerminal } from '../output/text.ts';
import type { OutputOptions, Session } from '../session.ts';
import type { OperatorCloud } from '../target/connect.ts';
import { waitWithProgress } from '../wait-with-progress.ts';

/** Waits until an execution has ended, and shows its receipts. */
export async function followExecution(
  { tenant, name, timeoutSeconds }: { tenant: Tenant; name: string; timeoutSeconds: number },
  cloud: OperatorCloud,
  options: OutputOptions,
  session: Session,
): Promise<ExitCode> {
  const { clock, out } = session;
  const wait = {
    until: (deadline: Date, onSeen: (seen: Execution | undefined) => void) =>
      waitForExecution(name, { ...cloud, clock }, deadline, onSeen),
    describe: describeExecution,
    timeoutSeconds,
  };
  const { ended, last } = await waitWithProgress(wait, options, session);
  if (!ended || last === undefined) {
    if (options.json) out.write(`${JSON.stringify({ ...tenantJson(tenant, name), outcome: last?.outcome ?? null })}\n`);
    const message = `${timeoutSeconds} s passed: ${name} is ${describeExecution(last)}`;
    throw new CliError(exitCodes.timeout, message);
  }
  const receipts = (await receiptsOfExecution(tenant, last, cloud.receipts)).map(({ receipt }) => receipt);
  const result = { ...tenantJson(tenant, name), outcome: last.outcome, receipts };
  writeResult(options, out, result, executionLines(last, receipts, out));
  return last.outcome.state === 'SUCCEEDED' ? exitCodes.ok : exitCodes.notConverged;
}

function describeExecution(execution: Execution | undefined): string {
  if (execution === undefined) return 'not known to Cloud Run';
  const { outcome, started } = execution;
  return outcome.state === 'RUNNING' && !started ? 'waiting to start' : describeOutcome(outcome);
}

function tenantJson({ runtime, tenant }: Tenant, execution: string): object {
  return { runtime, tenant, execution };
}

/** The outcome, then one line for each receipt. */
function executionLines({ outcome }: Execution, receipts: readonly Receipt[], { paint }: Output): string[] {
  const style = outcome.state === 'SUCCEEDED' ? 'green' : 'red';
  const left = receipts.map((receipt) => `  ${receiptLine(receipt)}`);
  const proves = receipts.some(({ kind }) => kind === 'adopted');
  return [
    paint(style, describeOutcome(outcome)),
    ...left,
    ...(proves ? [] : ['  no adopted receipt: this execution proves nothing']),
  ];
}

function receiptLine({ kind, digest, code, message, exitCode, signal }: Receipt): string {
  const ending = signal ?? (exitCode === null ? undefined : `exit ${exitCode}`);
  const details = [shortDigest(digest), code ?? '', message ?? '', kind === 'finished' ? ending : undefined];
  return sanitizeForTerminal([kind, ...details.filter(Boolean)].join('  '));
}
