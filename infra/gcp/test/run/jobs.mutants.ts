import type { Mutations } from '../mutants/mutants.ts';

export const mutations: Mutations = {
  'gcp/resources/run/jobs.ts': [
    {
      mistake: 'Cloud Run retries a task three times',
      find: 'maxRetries: 0',
      replace: 'maxRetries: 3',
      title: 'runs a tenant’s sandbox once',
    },
    {
      mistake: 'an execution has two tasks',
      find: 'taskCount: 1',
      replace: 'taskCount: 2',
      title: 'runs a tenant’s sandbox once',
    },
    {
      mistake: 'all tenants have one account',
      find: '          serviceAccount,\n',
      replace: '          serviceAccount: deployment.identities.push,\n',
      title: 'runs a tenant’s sandbox once',
    },
    {
      mistake: 'the image is a tag',
      find: "image: settings.image ?? ''",
      replace: "image: (settings.image ?? '').replace(/@.*/, ':latest')",
      title: 'names every image by its digest',
    },
    {
      mistake: 'the pinned-mode flags are arguments, which a launch can override',
      find: 'commands: commandOf(tenant, deployment),\n    args: argsOf(tenant, deployment, settings),',
      replace: 'args: [...commandOf(tenant, deployment), ...argsOf(tenant, deployment, settings)],',
      title: 'puts what selects ledger, identity and user into the command',
    },
    {
      mistake: 'an update leaves an edited command in force',
      find: "ignoreChanges: ['client', 'clientVersion']",
      replace: "ignoreChanges: ['template']",
      title: 'ignores only what the console and gcloud write',
    },
  ],
  'gcp/input/job-settings.ts': [
    {
      mistake: 'variables that redirect Node stay in force',
      find: 'return pinnedCommand({ ...IMAGE, tenant, runtime, pins, assignments, receipts });',
      replace:
        "return pinnedCommand({ ...IMAGE, tenant, runtime, pins, assignments, receipts }).filter((word) => word !== '-u');",
      title: 'puts what selects ledger, identity and user into the command',
    },
    {
      mistake: 'the workload runs as root',
      find: '  workloadUid: 1000,\n',
      replace: '',
      title: 'starts what infra/sandbox/Dockerfile puts into the image',
    },
    {
      mistake: 'a job has memory for the tar alone',
      find: '2 * maxEnvironmentBytes',
      replace: 'maxEnvironmentBytes',
      title: 'gives a job memory for tar, tree and processes',
    },
  ],
};
