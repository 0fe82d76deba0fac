import { Command, CommanderError, InvalidArgumentError } from 'commander';

export type Endpoints = { storage: string; pubsub: string; run: string };

export type Options = {
  /** Undefined with `--list` and `--local`. */
  project: string | undefined;
  region: string;
  quotaRegion: string;
  local: boolean;
  /** Emulators that run already. */
  endpoints: Endpoints | undefined;
  image: string | undefined;
  /** An IAM member, `user:…` or `serviceAccount:…`, that may act as the accounts that checks create. */
  caller: string | undefined;
  runningLimit: number | undefined;
  only: readonly string[] | undefined;
  list: boolean;
  yes: boolean;
  json: boolean;
};

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const EXIT_CODES = '0 all hold, 1 one differs, 2 usage or refused, 3 none differs and some are unknown';

const PROJECT = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
const REGION = /^[a-z]+(-[a-z0-9]+)*$/;

/** Reads the command line; undefined after `--help`. @throws UsageError */
export function parseOptions(argv: readonly string[], write: (text: string) => void): Options | undefined {
  const command = new Command('npm run verify-cloud --')
    .description('Settles the assumptions of docs/unverified.md in a scratch project: creates, observes, deletes.')
    .option('--project <id>', 'a scratch project without anything of value')
    .option('--region <region>', 'where everything is created')
    .option('--quota-region <region>', 'where the run quota is filled (default: the region, after a quiet minute)')
    .option('--local', 'start the emulators and check those')
    .option('--storage-endpoint <url>', 'check emulators that run: Cloud Storage, and the two below', url)
    .option('--pubsub-endpoint <host:port>', 'Pub/Sub', hostPort)
    .option('--run-endpoint <host:port>', 'Cloud Run', hostPort)
    .option('--image <image@digest>', 'the container of jobs; it needs /bin/sh and node', imageByDigest)
    .option('--caller <member>', 'user:… or serviceAccount:… of your credentials, for the checks of IAM', member)
    .option('--running-limit <count>', "the region's limit of running executions, lowered for this", count)
    .option('--only <ids>', 'these checks, with commas between them', (text) => text.split(','))
    .option('--list', 'list the checks and exit')
    .option('--yes', 'do not ask')
    .option('--json', 'write the verdicts as JSON')
    .addHelpText('after', `\nExit code: ${EXIT_CODES}.`)
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .exitOverride();
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(error.message.replace(/^error: /, ''));
  }
  return checked(command.opts());
}

/** As commander reads them: flags that are not given are absent. */
type Given = Partial<
  Omit<Options, 'endpoints'> & { storageEndpoint: string; pubsubEndpoint: string; runEndpoint: string }
>;

function checked(given: Given): Options {
  const { project, region = 'local', quotaRegion, image, caller, only, runningLimit } = given;
  const { local = false, list = false, yes = false, json = false } = given;
  const endpoints = endpointsIn(given);
  const isEmulated = local || endpoints !== undefined;
  const issues = issuesOf(given, { isEmulated, isTwice: local && endpoints !== undefined });
  if (issues.length > 0) throw new UsageError(issues.join('; '));
  return {
    ...{ project, region, local, endpoints, image, caller, runningLimit, only, list, yes, json },
    quotaRegion: quotaRegion ?? (isEmulated ? 'local-quota' : region),
  };
}

function issuesOf(
  { project, region, quotaRegion, list }: Given,
  { isEmulated, isTwice }: { isEmulated: boolean; isTwice: boolean },
): string[] {
  const isGoogle = !isEmulated && list !== true;
  const regions = [region, quotaRegion].filter((one) => one !== undefined && !REGION.test(one));
  return [
    ...(isTwice ? ['expected --local or endpoints, got both'] : []),
    ...(isGoogle && project === undefined ? ['--project is required'] : []),
    ...(project === undefined || PROJECT.test(project)
      ? []
      : [`--project: expected an id such as my-scratch-1, not a number, got ${JSON.stringify(project)}`]),
    ...(isGoogle && region === undefined ? ['--region is required'] : []),
    ...regions.map((one) => `expected a region such as europe-west1, got ${JSON.stringify(one)}`),
  ];
}

function endpointsIn({ storageEndpoint, pubsubEndpoint, runEndpoint }: Given): Endpoints | undefined {
  if (storageEndpoint === undefined && pubsubEndpoint === undefined && runEndpoint === undefined) return undefined;
  if (storageEndpoint === undefined || pubsubEndpoint === undefined || runEndpoint === undefined) {
    throw new UsageError('--storage-endpoint, --pubsub-endpoint and --run-endpoint are given together');
  }
  return { storage: storageEndpoint, pubsub: pubsubEndpoint, run: runEndpoint };
}

function matching(form: RegExp, wanted: string): (text: string) => string {
  return (text) => {
    if (form.test(text)) return text;
    throw new InvalidArgumentError(`Expected ${wanted}.`);
  };
}

const url = matching(/^http:\/\/[\w.[\]:-]+$/, 'http://host:port');
const hostPort = matching(/^[\w.[\]-]+:\d{1,5}$/, 'host:port');
const imageByDigest = matching(/^[\w./:-]+@sha256:[0-9a-f]{64}$/, 'an image with its digest, name@sha256:…');
const member = matching(/^(user|serviceAccount):[^\s@]+@[^\s@]+$/, 'user:ADDRESS or serviceAccount:ADDRESS');

function count(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1 to 9999.');
}
