import type { VerifyCloud } from './cloud/cloud.ts';
import type { Check } from './runner/check.ts';
import { CONCURRENCY, lackOf } from './runner/run-checks.ts';
import { PREFIX } from './runner/scratch.ts';
import { formatRow, wrap } from './text.ts';

/** The APIs that the checks call, and Cloud Build, which builds the function. */
const APIS = [
  ...['artifactregistry', 'cloudbuild', 'cloudfunctions', 'cloudresourcemanager', 'cloudscheduler', 'iam'],
  ...['iamcredentials', 'logging', 'pubsub', 'run', 'serviceusage', 'storage'],
];

/** What a run will do, for the person who has to allow it, in 80 columns. */
export function formatPlan(cloud: VerifyCloud, checks: readonly Check[]): string {
  const feasible = checks.filter((check) => lackOf(check, cloud) === undefined);
  const width = Math.max(...checks.map(({ id }) => id.length)) + 4;
  return [
    `Project ${cloud.project}, region ${cloud.region}, ${cloud.isEmulated ? 'emulators' : 'GOOGLE CLOUD'}`,
    '',
    ...feasible.map(({ id, creates }) => formatRow([[`  ${id}`]], [width], creates)),
    '',
    ...wrap(`${feasible.length} of ${checks.length} checks; this cloud, or these options, cannot decide the others.`),
    ...wrap(
      `Every name begins with ${PREFIX}. Each check deletes what it created, also after Ctrl-C; what stays is printed.`,
    ),
    ...(cloud.isEmulated ? [] : googleLines(cloud, feasible)),
  ].join('\n');
}

function googleLines({ image }: VerifyCloud, feasible: readonly Check[]): string[] {
  const minutes = (list: readonly Check[]) => list.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const concurrent = feasible.filter(({ alone }) => !alone);
  const most = Math.ceil(minutes(concurrent) / CONCURRENCY + minutes(feasible.filter(({ alone }) => alone)));
  return [
    `Containers run ${image}.`,
    `Time: about 30 minutes, at most ${most}. Cost: below 0.50 USD, for some 150 executions of a minute on 1 CPU; buckets, topics and accounts for minutes cost nothing that a bill shows.`,
    `APIs that must be enabled: ${APIS.map((api) => `${api}.googleapis.com`).join(' ')}`,
    'Your account needs roles/owner of the project. The run changes policies of the project and of what it creates, nothing else.',
  ].flatMap((text) => wrap(text));
}
