import type { protos } from '@google-cloud/run';
import { type Context, viewOf } from '../jobs/context.ts';
import { executionOfOperation, executionOperation, type Operation } from '../jobs/operations.ts';
import { isComplete } from '../model/execution-state.ts';
import { notFound } from '../model/rpc-error.ts';
import { milliseconds } from '../model/time.ts';
import type { Method } from './methods.ts';

type GetRequest = protos.google.longrunning.IGetOperationRequest;
type WaitRequest = protos.google.longrunning.IWaitOperationRequest;

/** A server may answer a wait earlier than it was asked to: a minute at most here. */
const MAX_WAIT_MS = 60_000;

function getOperation(context: Context, name: string): Operation {
  const done = context.done.get(name);
  if (done) return done;
  const state = context.store.state.executionByUid(executionOfOperation(name) ?? '');
  if (!state) throw notFound(name);
  return executionOperation(name, state, viewOf(context, state));
}

async function waitOperation(context: Context, { name, timeout }: WaitRequest): Promise<Operation> {
  const limit = Math.min(timeout ? milliseconds(timeout) : MAX_WAIT_MS, MAX_WAIT_MS);
  const state = context.store.state.executionByUid(executionOfOperation(name ?? '') ?? '');
  if (state && !isComplete(state)) await context.waiters.wait(state.record.uid, limit);
  return getOperation(context, name ?? '');
}

export const operationsService = (context: Context) => ({
  GetOperation: {
    resource: ({ name }) => name ?? '',
    answer: ({ name }) => getOperation(context, name ?? ''),
  } satisfies Method<GetRequest>,
  WaitOperation: {
    resource: ({ name }) => name ?? '',
    answer: (request) => waitOperation(context, request),
  } satisfies Method<WaitRequest>,
});
