/** One deliberate mistake in the sources, and the test that must find it. */
export type Mutation = {
  mistake: string;
  /** Relative to infra/. */
  file: string;
  /** Occurs once in the file. */
  find: string;
  replace: string;
  /** In infra/gcp/test. */
  test: string;
  /** The start of a title. */
  title: string;
};

const BUCKETS = { file: 'gcp/resources/buckets.ts', test: 'buckets.test.ts' };
const TOPICS = { file: 'gcp/resources/topics.ts', test: 'topics.test.ts' };
const DELIVERY = { file: 'contract/delivery.ts', test: 'topics.test.ts' };
const FUNCTIONS = { file: 'gcp/resources/functions.ts', test: 'functions.test.ts' };
const JOBS = { file: 'gcp/resources/jobs.ts', test: 'jobs.test.ts' };
const SETTINGS = { file: 'gcp/job-settings.ts', test: 'jobs.test.ts' };
const VALUES = { file: 'gcp/input-values.ts', test: 'input.test.ts' };
const GRANTS = { file: 'contract/grants.ts', test: 'access.test.ts', title: 'makes exactly the IAM members' };
const PUSHES = 'pushes pin-promoted to the function fan-out';
const CLOSES = 'closes every bucket to the public';

export const mutations: readonly Mutation[] = [
  {
    ...BUCKETS,
    mistake: 'public access prevention is left to the organization',
    find: "publicAccessPrevention: 'enforced'",
    replace: "publicAccessPrevention: 'inherited'",
    title: CLOSES,
  },
  {
    ...BUCKETS,
    mistake: 'a value that Google does not know turns public access prevention off',
    find: "publicAccessPrevention: 'enforced'",
    replace: "publicAccessPrevention: 'enforce'",
    title: CLOSES,
  },
  {
    ...BUCKETS,
    mistake: 'objects may have access lists of their own',
    find: 'uniformBucketLevelAccess: true',
    replace: 'uniformBucketLevelAccess: false',
    title: CLOSES,
  },
  {
    ...BUCKETS,
    mistake: 'a destroy deletes the ledger',
    find: 'protect: name !== source',
    replace: 'protect: false',
    title: 'protects every bucket but the source',
  },
  {
    ...BUCKETS,
    mistake: 'an update lifts an operator’s lockdown',
    find: "ignoreChanges: ['content', 'contentType', 'metadata', 'source', 'detectMd5hash', 'sourceMd5hash'],",
    replace: '',
    test: 'registry.test.ts',
    title: 'leaves an operator’s lockdown in force',
  },
  {
    ...BUCKETS,
    mistake: 'an update after a refresh lifts an operator’s lockdown',
    find: ", 'detectMd5hash', 'sourceMd5hash'],",
    replace: '],',
    test: 'registry.test.ts',
    title: 'leaves an operator’s lockdown in force',
  },
  {
    ...BUCKETS,
    mistake: 'the ledger is retained for a day',
    find: 'retained(365)',
    replace: 'retained(1)',
    title: 'retains what is created once',
  },
  {
    ...BUCKETS,
    mistake: 'the control bucket expires all of its objects',
    find: ", withState: 'LIVE', matchesPrefixes }",
    replace: ", withState: 'LIVE' }",
    title: 'expires rejections and launch records',
  },
  {
    ...TOPICS,
    mistake: 'a push subscription has no dead letter',
    find: 'deadLetterPolicy: { deadLetterTopic: found(topics, deadLetterTopic).id, maxDeliveryAttempts },',
    replace: '',
    title: PUSHES,
  },
  {
    ...TOPICS,
    mistake: 'a dead-letter topic has no subscription and loses its messages',
    find: '[delivery.deadLetterSubscription, deadLetterSubscription(delivery, deployment, handles)] as const,',
    replace: '',
    title: 'keeps the dead letters of pin-promoted',
  },
  {
    ...TOPICS,
    mistake: 'a push carries no token',
    find: 'oidcToken: { serviceAccountEmail: identities.push, audience: url },',
    replace: '',
    title: PUSHES,
  },
  {
    ...TOPICS,
    mistake: 'a subscription expires after 31 idle days',
    find: "const NEVER = { ttl: '' };",
    replace: "const NEVER = { ttl: '2678400s' };",
    title: PUSHES,
  },
  {
    ...DELIVERY,
    mistake: 'Pub/Sub delivers again after 10 s',
    find: 'ackDeadlineSeconds: 600',
    replace: 'ackDeadlineSeconds: 10',
    title: PUSHES,
  },
  {
    ...DELIVERY,
    mistake: 'the notification says nothing about the receipt',
    find: "payloadFormat: 'JSON_API_V1'",
    replace: "payloadFormat: 'NONE'",
    title: 'publishes each new receipt, with its metadata',
  },
  {
    ...DELIVERY,
    mistake: 'the path of a push names no topic',
    find: 'topicPath(project, topic)}`;',
    replace: 'topic}`;',
    title: PUSHES,
  },
  {
    ...FUNCTIONS,
    mistake: 'everyone reaches the functions that Pub/Sub pushes to',
    find: "input.statusIngress : 'ALLOW_INTERNAL_ONLY'",
    replace: "input.statusIngress : 'ALLOW_ALL'",
    title: 'lets only internal calls reach',
  },
  {
    ...FUNCTIONS,
    mistake: 'a function has the default account of the project',
    find: 'serviceAccountEmail: deployment.identities[name],',
    replace: '',
    title: 'runs fan-out as its own account',
  },
  {
    ...FUNCTIONS,
    mistake: 'a function is still working when Pub/Sub delivers again',
    find: 'const MESSAGE_SECONDS = 540;',
    replace: 'const MESSAGE_SECONDS = 900;',
    title: 'stops fan-out before Pub/Sub delivers again',
  },
  {
    ...FUNCTIONS,
    mistake: 'errors show stack traces',
    find: "NODE_ENV: 'production', ",
    replace: '',
    title: 'gives fan-out a configuration that the code accepts',
  },
  {
    file: 'contract/function-env.ts',
    test: 'functions.test.ts',
    mistake: 'a required variable is missing',
    find: 'PINCAST_RECEIPTS_BUCKET: buckets.receipts,',
    replace: '',
    title: 'gives fan-out a configuration that the code accepts',
  },
  {
    ...JOBS,
    mistake: 'Cloud Run retries a task three times',
    find: 'maxRetries: 0',
    replace: 'maxRetries: 3',
    title: 'runs a tenant’s sandbox once',
  },
  {
    ...JOBS,
    mistake: 'an execution has two tasks',
    find: 'taskCount: 1',
    replace: 'taskCount: 2',
    title: 'runs a tenant’s sandbox once',
  },
  {
    ...JOBS,
    mistake: 'all tenants have one account',
    find: '          serviceAccount,\n',
    replace: '          serviceAccount: deployment.identities.push,\n',
    title: 'runs a tenant’s sandbox once',
  },
  {
    ...JOBS,
    mistake: 'the image is a tag',
    find: "image: settings.image ?? ''",
    replace: "image: (settings.image ?? '').replace(/@.*/, ':latest')",
    title: 'names every image by its digest',
  },
  {
    ...JOBS,
    mistake: 'the pinned-mode flags are arguments, which a launch can override',
    find: 'commands: commandOf(tenant, deployment),\n    args: argsOf(tenant, deployment, settings),',
    replace: 'args: [...commandOf(tenant, deployment), ...argsOf(tenant, deployment, settings)],',
    title: 'puts all that selects ledger, identity and user into the command',
  },
  {
    ...JOBS,
    mistake: 'an update undoes and ignores nothing but the arguments',
    find: "ignoreChanges: ['client', 'clientVersion']",
    replace: "ignoreChanges: ['template']",
    title: 'ignores only what the console and gcloud write',
  },
  {
    ...SETTINGS,
    mistake: 'variables that redirect Node stay in force',
    find: 'return pinnedCommand({ ...IMAGE, tenant, runtime, pins, assignments, receipts });',
    replace:
      "return pinnedCommand({ ...IMAGE, tenant, runtime, pins, assignments, receipts }).filter((word) => word !== '-u');",
    title: 'puts all that selects ledger, identity and user into the command',
  },
  {
    ...SETTINGS,
    mistake: 'the workload runs as root',
    find: '  workloadUid: 1000,\n',
    replace: '',
    title: 'starts what infra/sandbox/Dockerfile puts into the image',
  },
  {
    ...SETTINGS,
    mistake: 'a job has memory for the tar alone',
    find: '2 * maxEnvironmentBytes',
    replace: 'maxEnvironmentBytes',
    title: 'gives a job memory for tar, tree and processes',
  },
  {
    file: 'gcp/resources/records.ts',
    test: 'registry.test.ts',
    mistake: 'a list call finds no record in the metadata',
    find: 'metadata: recordMetadata(content)',
    replace: 'metadata: {}',
    title: 'writes the bytes and the metadata that the control plane reads',
  },
  {
    file: 'gcp/resources/registry.ts',
    test: 'registry.test.ts',
    mistake: 'a tenant is registered before its job exists',
    find: ', jobs.get(job), ',
    replace: ', ',
    title: 'comes after its own job and the grants',
  },
  {
    file: 'gcp/resources/registry.ts',
    test: 'registry.test.ts',
    mistake: 'a tenant is launched before its account may read its pin',
    find: '[job, serviceAccount]',
    replace: '[job]',
    title: 'comes after its own job and the grants',
  },
  {
    file: 'gcp/resources/monitoring/alerts.ts',
    test: 'monitoring.test.ts',
    mistake: 'an alert reaches no channel',
    find: 'notificationChannels: [...notificationChannels],',
    replace: '',
    title: 'fires at the first report of a HALTED rollout',
  },
  {
    file: 'contract/alerts.ts',
    test: 'monitoring.test.ts',
    mistake: 'a silent recheck alerts after a day',
    find: 'forSeconds: 15 * MINUTE }',
    replace: 'forSeconds: 24 * HOUR }',
    title: 'fires when no recheck has read a fleet',
  },
  {
    file: 'contract/alerts.ts',
    test: 'monitoring.test.ts',
    mistake: 'the alert of dead letters watches the push subscriptions',
    find: 'deliveries.map(({ deadLetterSubscription }) => deadLetterSubscription)',
    replace: 'deliveries.map(({ subscription }) => subscription)',
    title: 'fires at the first message in any dead-letter subscription',
  },
  {
    ...VALUES,
    mistake: 'a configuration may name an image by a tag',
    find: '@sha256:[0-9a-f]{64}$/',
    replace: '[@:][a-z0-9:]+$/',
    title: 'refuses the image',
  },
  {
    ...VALUES,
    mistake: 'everyone on the internet may promote',
    find: '/^((user|group|serviceAccount):',
    replace: '/^(allUsers|(user|group|serviceAccount):',
    title: 'refuses allUsers as a promoter',
  },
  {
    ...VALUES,
    mistake: 'a project is written as a number',
    find: '[a-z][a-z0-9-]{4,28}[a-z0-9]$/',
    replace: '[a-z0-9][a-z0-9-]{4,28}[a-z0-9]$/',
    title: 'reports every issue at once',
  },
  {
    file: 'gcp/input-schema.ts',
    test: 'input.test.ts',
    mistake: 'a tenant’s id can end an IAM condition’s string',
    find: '  tenant: identifier,',
    replace: '  tenant: v.string(),',
    title: 'refuses "acme\\") || true',
  },
  {
    ...GRANTS,
    mistake: 'an operator may write every assignment, because the condition is gone',
    find: ', condition: guard }',
    replace: ' }',
  },
  {
    ...GRANTS,
    mistake: 'a tenant may create receipts of every tenant',
    find: '[folder(receipts,',
    replace: '[bucket(receipts), folder(receipts,',
  },
  {
    ...GRANTS,
    mistake: 'a tenant may replace what it created',
    find: "grantTo(own, 'objectCreator'",
    replace: "grantTo(own, 'objectWriter'",
  },
  {
    ...GRANTS,
    mistake: 'the receipt function may launch',
    find: "grant('receipt', 'jobObserver', jobs)",
    replace: "grant('receipt', 'jobLauncher', jobs)",
  },
  {
    file: 'contract/roles.ts',
    test: '../../../test/infra/contract/grants.test.ts',
    mistake: 'a custom role is wider than its name',
    find: "custom('pincastObjectCreator', 'Create objects, replace none', ['storage.objects.create'])",
    replace:
      "custom('pincastObjectCreator', 'Create objects, replace none', ['storage.objects.create', 'storage.objects.delete'])",
    title: 'lets no tenant list, replace or delete an object',
  },
  {
    file: 'gcp/resources/access.ts',
    test: 'access.test.ts',
    mistake: 'a custom role gets a permission on its way to IAM',
    find: 'permissions: [...permissions]',
    replace: "permissions: [...permissions, 'storage.objects.setIamPolicy']",
    title: 'makes each custom role with exactly its permissions',
  },
  {
    file: 'gcp/resources/access.ts',
    test: 'access.test.ts',
    mistake: 'conditions are dropped on the way to IAM',
    find: 'const args = { role, member, ...(condition && { condition }) };',
    replace: 'const args = { role, member };\n  void condition;',
    title: 'makes exactly the IAM members',
  },
];
