import { EXECUTION_FORM, isExecutionName, LaunchRequestError } from '../../../core/sandbox/client/launch-request.ts';
import type { Execution } from '../../../core/values/execution.ts';
import type { Outcome } from '../../../core/values/outcome.ts';
import { MAX_SECONDS } from '../../../core/values/seconds.ts';
import type { Launcher } from '../../../ports/launcher.ts';
import type { Clock } from '../../../ports/system.ts';
import { poll } from '../../poll.ts';

/** `UNKNOWN`: Cloud Run has no such execution, or has deleted it. `TIMEOUT`: it was still running. */
export type ExecutionErrorCode = 'UNKNOWN' | 'TIMEOUT';

/** The outcome of the execution is unknown. */
export class ExecutionError extends Error {
  override readonly name = 'ExecutionError';
  readonly code: ExecutionErrorCode;
  readonly execution: string;
  constructor(code: ExecutionErrorCode, execution: string, message: string) {
    super(message);
    this.code = code;
    this.execution = execution;
  }
}

export type EndedExecution = { name: string; outcome: Outcome };
export type WaitForOutcomeDeps = { launcher: Launcher; clock: Clock };

const NEVER = new Date(8.64e15);

/** Reads one execution until it ended. @throws LaunchRequestError, ExecutionError, and the error of a read that fails repeatedly */
export async function waitForOutcome(
  name: string,
  { launcher, clock }: WaitForOutcomeDeps,
  timeoutSeconds?: number,
): Promise<EndedExecution> {
  checkWait(name, timeoutSeconds);
  const deadline = timeoutSeconds === undefined ? NEVER : new Date(clock.now().getTime() + timeoutSeconds * 1000);
  const isEnd = (seen: Execution | undefined) => seen?.outcome.state !== 'RUNNING';
  const { ended, last } = await poll(
    () => launcher.execution(name),
    isEnd,
    { clock, deadline },
    () => {},
  );
  if (last === undefined) {
    throw new ExecutionError('UNKNOWN', name, `Cloud Run does not know ${name}, or has forgotten how it ended`);
  }
  if (!ended) throw new ExecutionError('TIMEOUT', name, `${timeoutSeconds} s passed and ${name} is still running`);
  return { name, outcome: last.outcome };
}

function checkWait(name: string, timeoutSeconds: number | undefined): void {
  const issues = [];
  if (typeof name !== 'string' || !isExecutionName(name)) {
    issues.push({ path: 'name', message: `${EXECUTION_FORM}, got ${JSON.stringify(name)?.slice(0, 200)}` });
  }
  if (timeoutSeconds !== undefined && !(timeoutSeconds > 0 && timeoutSeconds <= MAX_SECONDS)) {
    issues.push({
      path: 'timeoutSeconds',
      message: `expected seconds above 0 and up to ${MAX_SECONDS}, got ${timeoutSeconds}`,
    });
  }
  if (issues.length > 0) throw new LaunchRequestError(issues);
}
