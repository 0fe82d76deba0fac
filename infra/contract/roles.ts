/** A role of Google's, or one that a deployment makes in each project where it is granted. */
export type Role =
  | { kind: 'predefined'; name: `roles/${string}`; permissions: readonly string[] }
  | { kind: 'custom'; id: string; title: string; permissions: readonly string[] };

/**
 * Every role that Pincast grants. Of a predefined role it lists the permissions that Pincast uses; the source is
 * https://cloud.google.com/iam/docs/roles-permissions. A custom role replaces a predefined one that is wider:
 * `roles/storage.objectUser` may also update, `roles/storage.objectViewer` may also list folders, and
 * `roles/run.jobsExecutorWithOverrides` may also cancel.
 */
export const roles = {
  objectGetter: custom('pincastObjectGetter', 'Get objects by name', ['storage.objects.get']),
  /** With `list`, because Cloud Storage answers 403 instead of 404 for an absent object without it. */
  objectReader: custom('pincastObjectReader', 'Get and list objects', ['storage.objects.get', 'storage.objects.list']),
  objectCreator: custom('pincastObjectCreator', 'Create objects, replace none', ['storage.objects.create']),
  /** A write onto an existing object needs `delete` as well. */
  objectWriter: custom('pincastObjectWriter', 'Create, replace and delete objects', [
    'storage.objects.create',
    'storage.objects.delete',
  ]),
  jobLauncher: custom('pincastJobLauncher', 'Run a job with overrides, see how it ended', [
    'run.jobs.run',
    'run.jobs.runWithOverrides',
    'run.executions.get',
    'run.tasks.list',
  ]),
  jobObserver: custom('pincastJobObserver', "See how a job's executions ended", [
    'run.executions.get',
    'run.tasks.list',
  ]),
  jobOperator: custom('pincastJobOperator', 'Run, observe and cancel a job', [
    'run.jobs.get',
    'run.jobs.run',
    'run.jobs.runWithOverrides',
    'run.executions.get',
    'run.executions.list',
    'run.executions.cancel',
    'run.tasks.list',
  ]),
  executionLister: custom('pincastExecutionLister', 'List executions', ['run.executions.list']),
  jobLister: custom('pincastJobLister', 'List jobs and executions', ['run.jobs.list', 'run.executions.list']),
  publisher: predefined('roles/pubsub.publisher', ['pubsub.topics.publish']),
  subscriber: predefined('roles/pubsub.subscriber', ['pubsub.subscriptions.consume']),
  invoker: predefined('roles/run.invoker', ['run.routes.invoke']),
  /** Narrower than `roles/iam.serviceAccountTokenCreator`, which may also make access tokens and sign. */
  tokenCreator: predefined('roles/iam.serviceAccountOpenIdTokenCreator', ['iam.serviceAccounts.getOpenIdToken']),
  /** The three that Google asks for of the account that builds a function. */
  sourceViewer: predefined('roles/storage.objectViewer', ['storage.objects.get', 'storage.objects.list']),
  imageWriter: predefined('roles/artifactregistry.writer', ['artifactregistry.repositories.uploadArtifacts']),
  logWriter: predefined('roles/logging.logWriter', ['logging.logEntries.create']),
} as const satisfies Record<string, Role>;

export type RoleName = keyof typeof roles;

/** The role as an IAM policy names it. @param project where it is granted: a custom role exists there only. */
export function roleId(name: RoleName, project: string): string {
  const role: Role = roles[name];
  return role.kind === 'predefined' ? role.name : `projects/${project}/roles/${role.id}`;
}

function predefined(name: `roles/${string}`, permissions: readonly string[]) {
  return { kind: 'predefined', name, permissions } as const;
}

function custom(id: string, title: string, permissions: readonly string[]) {
  return { kind: 'custom', id, title: `Pincast: ${title}`, permissions } as const;
}
