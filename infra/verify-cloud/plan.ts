import type { Check } from './check.ts';
import type { VerifyCloud } from './cloud/cloud.ts';
import { PREFIX } from './scratch.ts';

/** In the order of docs/deploy.md: what the checks call. */
const APIS = ['run', 'storage', 'pubsub', 'iam', 'iamcredentials', 'cloudresourcemanager', 'logging'];
const MORE_APIS = ['cloudscheduler', 'cloudfunctions', 'cloudbuild', 'serviceusage', 'artifactregistry'];

/** What a run will do, for the person who has to allow it. */
export function formatPlan(cloud: VerifyCloud, checks: readonly Check[]): string {
  const feasible = checks.filter(({ needs }) => needs.every((need) => cloud.lacks(need) === undefined));
  const concurrent = feasible.filter(({ alone }) => alone !== true);
  const alone = feasible.filter((check) => check.alone === true);
  const minutes = (list: readonly Check[]) => list.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const most = Math.ceil(minutes(concurrent) / 4 + minutes(alone));
  return [
    `Project ${cloud.project}, region ${cloud.region}, ${cloud.isEmulated ? 'emulators' : 'GOOGLE CLOUD'}`,
    '',
    ...feasible.map(({ id, creates }) => `  ${id.padEnd(24)}${creates}`),
    '',
    `${feasible.length} of ${checks.length} checks; the others need what is not given here.`,
    `Every name begins with ${PREFIX}. Each check deletes what it created, also after Ctrl-C; what stays is printed.`,
    ...(cloud.isEmulated ? [] : googleLines(cloud, most)),
  ].join('\n');
}

function googleLines({ image }: VerifyCloud, minutes: number): string[] {
  return [
    `Containers run ${image}.`,
    `Time: about 30 minutes, at most ${minutes}. Cost: some 150 executions of a minute on 1 CPU, below 0.50 USD;`,
    'buckets, topics and accounts for minutes cost nothing that a bill shows.',
    `APIs that must be enabled: ${[...APIS, ...MORE_APIS].map((api) => `${api}.googleapis.com`).join(' ')}`,
    'The account needs roles/owner of the project. Policies of the project and of new resources are changed, nothing else.',
  ];
}
