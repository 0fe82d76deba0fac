import type { Call } from '@pincast/emulators/faults';

/** A permission that a call needs, and the resource that a grant must be on, as `resourceName` names it. */
export type Needed = { permission: string; resource: string };

/**
 * What a call of Cloud Run or Pub/Sub needs. Undefined for a call that no identity of Pincast makes.
 *
 * Source: https://cloud.google.com/run/docs/reference/iam/permissions and https://cloud.google.com/pubsub/docs/access-control.
 */
export function neededBy({ method, resource }: Pick<Call, 'method' | 'resource'>): Needed[] | undefined {
  const job = resource.replace(/\/executions\/.*$/, '');
  switch (method) {
    case 'RunJob':
      // Every launch overrides variables of its job.
      return [
        { permission: 'run.jobs.run', resource: job },
        { permission: 'run.jobs.runWithOverrides', resource: job },
      ];
    case 'GetJob':
      return [{ permission: 'run.jobs.get', resource: job }];
    case 'GetExecution':
      return [{ permission: 'run.executions.get', resource: job }];
    case 'CancelExecution':
      return [{ permission: 'run.executions.cancel', resource: job }];
    case 'ListTasks':
      return [{ permission: 'run.tasks.list', resource: job }];
    case 'ListExecutions':
      return [{ permission: 'run.executions.list', resource: job.endsWith('/jobs/-') ? projectOf(job) : job }];
    case 'ListJobs':
      return [{ permission: 'run.jobs.list', resource: projectOf(resource) }];
    case 'Publish':
      return [{ permission: 'pubsub.topics.publish', resource: `topic ${resource.split('/').at(-1)}` }];
    case 'Pull':
    case 'Acknowledge':
      return [{ permission: 'pubsub.subscriptions.consume', resource: `subscription ${resource.split('/').at(-1)}` }];
    default:
      return undefined;
  }
}

/** A grant on a project holds for its jobs as well. */
export function projectOf(resource: string): string {
  return `project ${resource.split('/')[1] ?? ''}`;
}
