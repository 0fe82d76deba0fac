import type { protos } from '@google-cloud/run';
import { status } from '@grpc/grpc-js';
import { type Context, dropExecution, knownExecution, viewOf } from '../jobs/context.ts';
import { executionOperation, type Operation, operationName } from '../jobs/operations.ts';
import { type ExecutionState, isComplete } from '../model/execution-state.ts';
import { locationOf, parseJob } from '../model/names.ts';
import type { Execution } from '../model/records.ts';
import { invalid, RpcError } from '../model/rpc-error.ts';
import { timestamp } from '../model/time.ts';
import { packExecution } from '../views/wire.ts';
import type { Method } from './methods.ts';
import { pageStart, takePage } from './page.ts';

type GetRequest = protos.google.cloud.run.v2.IGetExecutionRequest;
type ListRequest = protos.google.cloud.run.v2.IListExecutionsRequest;
type CancelRequest = protos.google.cloud.run.v2.ICancelExecutionRequest;
type DeleteRequest = protos.google.cloud.run.v2.IDeleteExecutionRequest;

/** Of one job, or of all jobs of a location (`jobs/-`); a job that does not exist has none. */
function newestFirst({ store }: Context, request: ListRequest): Iterable<ExecutionState> {
  const parent = request.parent ?? '';
  const job = parseJob(parent);
  if (!job) throw invalid([`parent is ${JSON.stringify(parent)}, projects/P/locations/R/jobs/J (or -) is wanted`]);
  const start = pageStart(request);
  if (job.id === '-') return store.state.location(job.parent).executions.newestFirst(start);
  return store.state.job(parent)?.executions.newestFirst(start) ?? [];
}

function listExecutions(context: Context, request: ListRequest): { executions: Execution[]; nextPageToken: string } {
  const page = takePage(newestFirst(context, request), request, ({ record }) => record.sequence);
  return { executions: page.items.map((state) => viewOf(context, state)), nextPageToken: page.nextPageToken };
}

/** Done when its last process has ended. @throws RpcError FAILED_PRECONDITION when it has completed before */
function cancelExecution(context: Context, request: CancelRequest): Operation {
  const state = knownExecution(context, request.name ?? '', request.etag);
  if (isComplete(state)) {
    throw new RpcError(
      status.FAILED_PRECONDITION,
      `Execution '${state.record.name}' has completed and cannot be cancelled.`,
    );
  }
  if (!request.validateOnly && !state.progress.cancelTime) context.runner.cancel(state);
  return executionOperation(operationName('cancel', state), state, viewOf(context, state));
}

/** Stops an execution that runs. */
function deleteExecution(context: Context, request: DeleteRequest): Operation {
  const state = knownExecution(context, request.name ?? '', request.etag);
  const deleted = { ...viewOf(context, state), deleteTime: timestamp(context.now().toISOString()) };
  if (!request.validateOnly) dropExecution(context, state);
  return context.done.add(locationOf(state.record.name), packExecution(deleted));
}

const byName = ({ name }: { name?: string | null }): string => name ?? '';

export const executionsService = (context: Context) => ({
  GetExecution: {
    resource: byName,
    answer: ({ name }) => viewOf(context, knownExecution(context, name ?? '')),
  } satisfies Method<GetRequest>,
  ListExecutions: {
    resource: ({ parent }) => parent ?? '',
    answer: (request) => listExecutions(context, request),
  } satisfies Method<ListRequest>,
  CancelExecution: {
    resource: byName,
    answer: (request) => cancelExecution(context, request),
  } satisfies Method<CancelRequest>,
  DeleteExecution: {
    resource: byName,
    answer: (request) => deleteExecution(context, request),
  } satisfies Method<DeleteRequest>,
});
