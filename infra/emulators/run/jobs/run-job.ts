import type { protos } from '@google-cloud/run';
import { status } from '@grpc/grpc-js';
import { newExecutionState } from '../model/execution-state.ts';
import { locationOf, parseJob, projectOf } from '../model/names.ts';
import type { ExecutionRecord } from '../model/records.ts';
import { invalid, notFound, RpcError, requireEtag } from '../model/rpc-error.ts';
import { jobEtag } from '../views/job-view.ts';
import { type Context, knownJob, viewOf } from './context.ts';
import { executionName, newExecution } from './new-execution.ts';
import { executionOperation, type Operation, operationName } from './operations.ts';
import { applyOverrides } from './overrides.ts';

type Request = protos.google.cloud.run.v2.IRunJobRequest;

function exhausted(message: string): RpcError {
  return new RpcError(status.RESOURCE_EXHAUSTED, message);
}

/** The quota is checked before the job, because a call for an unknown job counts too. */
function takeQuota({ quota, now }: Context, location: string): void {
  if (quota.take(location, now().getTime())) return;
  throw exhausted(
    `Quota exceeded for quota metric 'Run requests' and limit 'Run requests per minute per region' of service ` +
      `'run.googleapis.com' for consumer 'project:${projectOf(location)}'.`,
  );
}

function requireRoom({ store, maxRunningExecutions }: Context, location: string): void {
  const { unfinished } = store.state.location(location);
  if (unfinished < maxRunningExecutions) return;
  throw exhausted(
    `Quota exceeded: ${unfinished} executions are running in ${location}, at most ${maxRunningExecutions} can.`,
  );
}

function planned(context: Context, request: Request): ExecutionRecord {
  const job = knownJob(context, request.name ?? '');
  requireEtag(job.record.name, request.etag, jobEtag(job.record));
  const template = applyOverrides(job.record.content.template ?? {}, request.overrides ?? {});
  const { state } = context.store;
  return newExecution(job.record, template, {
    name: executionName(job.record.name, state.isExecutionId),
    sequence: state.nextSequence(),
    createTime: context.now().toISOString(),
  });
}

/**
 * Creates an execution and answers at once; its processes start later.
 *
 * @throws RpcError RESOURCE_EXHAUSTED, NOT_FOUND, ABORTED (stale etag) or INVALID_ARGUMENT, and then nothing was created
 */
export function runJob(context: Context, request: Request): Operation {
  const name = request.name ?? '';
  if (!parseJob(name)) throw invalid([`name is ${JSON.stringify(name)}, projects/P/locations/R/jobs/J is wanted`]);
  const location = locationOf(name);
  takeQuota(context, location);
  const record = planned(context, request);
  if (request.validateOnly) return validated(context, record);
  requireRoom(context, location);
  context.store.commit({ kind: 'execution', execution: record });
  const state = context.store.state.execution(record.name);
  if (!state) throw notFound(record.name);
  context.runner.add(state);
  return executionOperation(operationName('run', state), state, viewOf(context, state));
}

/** The answer of `validateOnly`: nothing is created. */
function validated(context: Context, record: ExecutionRecord): Operation {
  const state = newExecutionState(record);
  const operation = executionOperation(operationName('run', state), state, viewOf(context, state));
  return { ...operation, done: true, response: operation.metadata };
}
