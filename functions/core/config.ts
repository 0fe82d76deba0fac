import { defaultRetryPolicy, type RetryPolicy } from './launch/retry-policy.ts';
import { describeIssues, type Issue } from './values/issues.ts';
import { MAX_SECONDS } from './values/seconds.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export type Config = {
  project: string;
  buckets: {
    pins: string;
    assignments: string;
    control: string;
    receipts: string;
    results: string;
    /** Where environments may be promoted from. */
    environments: readonly string[];
  };
  /** Only set for an embedded or emulated cloud. */
  endpoints: { storage?: string; pubsub?: string; run?: string };
  /** Cloud Run's `jobs.run` calls a minute, per project and region. */
  runsPerMinute: number;
  /** Executions that run at the same time, per project and region. */
  maxRunning: number;
  maxEnvironmentBytes: number;
  /** After this time a function stops cleanly. */
  functionSeconds: number;
  /** A scheduled recheck that waited longer for a function is dropped, because a later one does its work. */
  recheckStaleSeconds: number;
  /** How often a recheck scans for orphans. */
  orphansSeconds: number;
  retry: RetryPolicy;
};

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG';
  readonly issues: readonly Issue[];
  constructor(issues: readonly Issue[]) {
    super(`invalid configuration: ${describeIssues(issues)}`);
    this.issues = issues;
  }
}

const GIB = 1024 ** 3;
/** An event-driven function lives 540 s; 60 s are kept for calls in flight. */
const FUNCTION_SECONDS = 480;

/** Reads the whole configuration, once per entry. @throws ConfigError that names every wrong variable. */
export function readConfig(env: Env): Config {
  const issues: Issue[] = [];
  const text = (name: string) => required(env, name, issues);
  const count = (name: string, otherwise: number) => positiveInteger(env, name, otherwise, issues);
  const seconds = (name: string, otherwise: number) => boundedSeconds(env, name, otherwise, issues);
  const config: Config = {
    project: text('PINCAST_PROJECT'),
    buckets: {
      pins: text('PINCAST_PINS_BUCKET'),
      assignments: text('PINCAST_ASSIGNMENTS_BUCKET'),
      control: text('PINCAST_CONTROL_BUCKET'),
      receipts: text('PINCAST_RECEIPTS_BUCKET'),
      results: text('PINCAST_RESULTS_BUCKET'),
      environments: bucketNames(env, 'PINCAST_ENVIRONMENTS_BUCKETS', issues),
    },
    endpoints: endpoints(env),
    runsPerMinute: count('PINCAST_RUNS_PER_MINUTE', 180),
    maxRunning: count('PINCAST_MAX_RUNNING', 1_000),
    maxEnvironmentBytes: count('PINCAST_MAX_ENVIRONMENT_BYTES', 8 * GIB),
    functionSeconds: seconds('PINCAST_FUNCTION_SECONDS', FUNCTION_SECONDS),
    recheckStaleSeconds: seconds('PINCAST_RECHECK_STALE_SECONDS', 120),
    orphansSeconds: seconds('PINCAST_ORPHANS_SECONDS', 3_600),
    retry: {
      ...defaultRetryPolicy,
      maxAttempts: count('PINCAST_MAX_LAUNCH_ATTEMPTS', defaultRetryPolicy.maxAttempts),
      firstDelaySeconds: seconds('PINCAST_RETRY_FIRST_SECONDS', defaultRetryPolicy.firstDelaySeconds),
      claimSeconds: seconds('PINCAST_CLAIM_SECONDS', defaultRetryPolicy.claimSeconds),
      claimMarginSeconds: seconds('PINCAST_CLAIM_MARGIN_SECONDS', defaultRetryPolicy.claimMarginSeconds),
    },
  };
  if (issues.length > 0) throw new ConfigError(issues);
  return config;
}

function required(env: Env, name: string, issues: Issue[]): string {
  const value = env[name];
  if (value === undefined || value === '') issues.push({ path: name, message: 'missing' });
  return value ?? '';
}

/** Comma-separated bucket names. An empty item is rejected, because this list is an allow-list. */
function bucketNames(env: Env, name: string, issues: Issue[]): string[] {
  const value = required(env, name, issues);
  if (value === '') return [];
  const items = value.split(',').map((item) => item.trim());
  if (items.includes(''))
    issues.push({ path: name, message: `expected names and commas, got ${JSON.stringify(value)}` });
  return items;
}

function positiveInteger(env: Env, name: string, fallback: number, issues: Issue[]): number {
  const value = env[name];
  if (value === undefined || value === '') return fallback;
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  issues.push({ path: name, message: `expected a whole number above zero, got ${JSON.stringify(value)}` });
  return fallback;
}

function boundedSeconds(env: Env, name: string, fallback: number, issues: Issue[]): number {
  const value = positiveInteger(env, name, fallback, issues);
  if (value <= MAX_SECONDS) return value;
  issues.push({ path: name, message: `expected seconds from 1 to ${MAX_SECONDS}, got ${value}` });
  return fallback;
}

function endpoints(env: Env): Config['endpoints'] {
  const { PINCAST_STORAGE_ENDPOINT: storage, PINCAST_PUBSUB_ENDPOINT: pubsub, PINCAST_RUN_ENDPOINT: run } = env;
  return { ...(storage && { storage }), ...(pubsub && { pubsub }), ...(run && { run }) };
}
