import type { protos } from '@google-cloud/run';
import { status } from '@grpc/grpc-js';
import { isJobId, parseJob, parseLocation } from '../model/names.ts';
import type { Job, JobContent, JobRecord } from '../model/records.ts';
import { notFound, RpcError, requireEtag } from '../model/rpc-error.ts';
import { timestamp } from '../model/time.ts';
import { jobEtag, jobView } from '../views/job-view.ts';
import { type Context, dropExecution, knownJob } from './context.ts';
import { jobContent } from './job-content.ts';
import { creatorOf } from './new-execution.ts';

type CreateRequest = protos.google.cloud.run.v2.ICreateJobRequest;
type UpdateRequest = protos.google.cloud.run.v2.IUpdateJobRequest;
type DeleteRequest = protos.google.cloud.run.v2.IDeleteJobRequest;

function nameFaults(parent: string, id: string): string[] {
  const location = `parent is ${JSON.stringify(parent)}, projects/P/locations/R is wanted`;
  const jobId = `jobId is ${JSON.stringify(id)}, a lower-case DNS label of at most 63 characters is wanted`;
  return [...(parseLocation(parent) ? [] : [location]), ...(isJobId(id) ? [] : [jobId])];
}

function newJob(context: Context, name: string, content: JobContent): JobRecord {
  const at = context.now().toISOString();
  return {
    name,
    uid: crypto.randomUUID(),
    sequence: context.store.state.nextSequence(),
    generation: 1,
    createTime: at,
    updateTime: at,
    creator: creatorOf(name),
    content,
    executionCount: 0,
  };
}

function put(context: Context, record: JobRecord, validateOnly: boolean | null | undefined): Job {
  if (!validateOnly) context.store.commit({ kind: 'job', job: record });
  return jobView(record, context.store.state.job(record.name)?.latest);
}

/** @throws RpcError INVALID_ARGUMENT or ALREADY_EXISTS */
export function createJob(context: Context, request: CreateRequest): Job {
  const name = `${request.parent ?? ''}/jobs/${request.jobId ?? ''}`;
  const given = request.job?.name;
  const faults = nameFaults(request.parent ?? '', request.jobId ?? '');
  if (given && given !== name) faults.push(`job.name is ${given}, parent and jobId make ${name}`);
  const content = jobContent(request.job ?? {}, faults);
  if (context.store.state.job(name)) {
    throw new RpcError(status.ALREADY_EXISTS, `Resource '${name}' already exists.`);
  }
  return put(context, newJob(context, name, content), request.validateOnly);
}

/** There is no update mask: what the request leaves out is gone. @throws RpcError NOT_FOUND, ABORTED, INVALID_ARGUMENT */
export function updateJob(context: Context, request: UpdateRequest): Job {
  const job = request.job ?? {};
  const name = job.name ?? '';
  const parsed = parseJob(name);
  const content = jobContent(job, nameFaults(parsed?.parent ?? name, parsed?.id ?? ''));
  const known = context.store.state.job(name);
  if (!known && !request.allowMissing) throw notFound(name);
  if (!known) return put(context, newJob(context, name, content), request.validateOnly);
  requireEtag(name, job.etag, jobEtag(known.record));
  const updateTime = context.now().toISOString();
  const updated = { ...known.record, content, updateTime, generation: known.record.generation + 1 };
  return put(context, updated, request.validateOnly);
}

/** Its executions go with it, their processes are stopped. @throws RpcError NOT_FOUND, ABORTED */
export function deleteJob(context: Context, request: DeleteRequest): Job {
  const job = knownJob(context, request.name ?? '');
  requireEtag(job.record.name, request.etag, jobEtag(job.record));
  const deleted: Job = { ...jobView(job.record, job.latest), deleteTime: timestamp(context.now().toISOString()) };
  if (request.validateOnly) return deleted;
  for (const execution of [...job.executions.oldestFirst()]) dropExecution(context, execution);
  context.store.commit({ kind: 'job-deleted', name: job.record.name });
  return deleted;
}
