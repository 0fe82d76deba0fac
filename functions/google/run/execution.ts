import type { protos } from '@google-cloud/run';
import { type Execution, jobOf, withProjectOf } from '../../core/values/execution.ts';
import { cancelled, failed, type Outcome, running, succeeded } from '../../core/values/outcome.ts';

type Wire = protos.google.cloud.run.v2.IExecution;

/**
 * Converts a Cloud Run execution. Its exit code is missing, because Cloud Run stores it on the task.
 *
 * @param asked the requested name or parent: the result spells the project as it does.
 */
export function executionFrom(wire: Wire, asked: string): Execution {
  const name = withProjectOf(asked, wire.name ?? '');
  const revision = Number(variable(wire, 'PINCAST_REVISION'));
  return {
    name,
    job: jobOf(name),
    createdAt: timeOf(wire.createTime),
    launchId: variable(wire, 'PINCAST_LAUNCH_ID') ?? null,
    revision: Number.isInteger(revision) && revision > 0 ? revision : null,
    started: wire.startTime != null,
    outcome: outcomeOf(wire),
  };
}

/** Reads the terminal condition first, because an execution that fails before its start may lack a completion time. */
function outcomeOf(wire: Wire): Outcome {
  const completed = wire.conditions?.find(({ type }) => type === 'Completed');
  if (completed?.state === 'CONDITION_SUCCEEDED') return succeeded;
  if (wire.completionTime == null && completed?.state !== 'CONDITION_FAILED') return running;
  return (wire.cancelledCount ?? 0) > 0 || completed?.executionReason === 'CANCELLED' ? cancelled : failed(null, null);
}

function variable({ template }: Wire, name: string): string | undefined {
  const values = template?.containers?.flatMap(({ env }) => env ?? []);
  return values?.find((variable) => variable.name === name)?.value ?? undefined;
}

function timeOf(time: protos.google.protobuf.ITimestamp | null | undefined): string {
  const milliseconds = Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
  return new Date(milliseconds).toISOString();
}
