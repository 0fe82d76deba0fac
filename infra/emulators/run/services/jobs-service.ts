import type { protos } from '@google-cloud/run';
import { createJob, deleteJob, updateJob } from '../jobs/change-job.ts';
import { type Context, knownJob } from '../jobs/context.ts';
import type { Operation } from '../jobs/operations.ts';
import { runJob } from '../jobs/run-job.ts';
import { locationOf, parseLocation } from '../model/names.ts';
import type { Job } from '../model/records.ts';
import { invalid } from '../model/rpc-error.ts';
import { jobView } from '../views/job-view.ts';
import { packJob } from '../views/wire.ts';
import type { Method } from './methods.ts';
import { pageStart, takePage } from './page.ts';

type CreateRequest = protos.google.cloud.run.v2.ICreateJobRequest;
type GetRequest = protos.google.cloud.run.v2.IGetJobRequest;
type ListRequest = protos.google.cloud.run.v2.IListJobsRequest;
type UpdateRequest = protos.google.cloud.run.v2.IUpdateJobRequest;
type DeleteRequest = protos.google.cloud.run.v2.IDeleteJobRequest;
type RunRequest = protos.google.cloud.run.v2.IRunJobRequest;

/** Changes of a job are in force when they are answered. */
function doneWith({ done }: Context, job: Job): Operation {
  return done.add(locationOf(job.name ?? ''), packJob(job));
}

function getJob(context: Context, { name }: GetRequest): Job {
  const { record, latest } = knownJob(context, name ?? '');
  return jobView(record, latest);
}

/** Newest first. */
function listJobs({ store }: Context, request: ListRequest): { jobs: Job[]; nextPageToken: string } {
  const parent = request.parent ?? '';
  if (!parseLocation(parent)) throw invalid([`parent is ${JSON.stringify(parent)}, projects/P/locations/R is wanted`]);
  const jobs = store.state.location(parent).jobs.newestFirst(pageStart(request));
  const { items, nextPageToken } = takePage(jobs, request, ({ record }) => record.sequence);
  return { jobs: items.map(({ record, latest }) => jobView(record, latest)), nextPageToken };
}

export const jobsService = (context: Context) => ({
  CreateJob: {
    resource: (request) => `${request.parent}/jobs/${request.jobId}`,
    answer: (request) => doneWith(context, createJob(context, request)),
  } satisfies Method<CreateRequest>,
  GetJob: {
    resource: ({ name }) => name ?? '',
    answer: (request) => getJob(context, request),
  } satisfies Method<GetRequest>,
  ListJobs: {
    resource: ({ parent }) => parent ?? '',
    answer: (request) => listJobs(context, request),
  } satisfies Method<ListRequest>,
  UpdateJob: {
    resource: ({ job }) => job?.name ?? '',
    answer: (request) => doneWith(context, updateJob(context, request)),
  } satisfies Method<UpdateRequest>,
  DeleteJob: {
    resource: ({ name }) => name ?? '',
    answer: (request) => doneWith(context, deleteJob(context, request)),
  } satisfies Method<DeleteRequest>,
  RunJob: {
    resource: ({ name }) => name ?? '',
    answer: (request) => runJob(context, request),
  } satisfies Method<RunRequest>,
});
