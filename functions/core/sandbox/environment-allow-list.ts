import { FLAGS } from './options/flags.ts';
import type { Env } from './options/reader.ts';

/**
 * The environment variables that a pinned run accepts, besides the flags' env twins and the workload's own.
 *
 * Attack: `jobs.run` may add any variable to a job. glibc, OpenSSL, Node and the Google client read hundreds of them, and
 * many choose a server, a certificate, a credential or what a log shows (`RES_OPTIONS`, `SSL_CERT_FILE`, `NODE_DEBUG`).
 * A list of those is never complete, so the list names what is harmless. PATH and HOME are not: the job's command sets both.
 */
const ACCEPTED: ReadonlySet<string> = new Set([
  // Container engines and shells set these, and the images of Node.
  ...['PATH', 'HOME', 'HOSTNAME', 'PWD', 'OLDPWD', 'SHLVL', '_', 'TERM', 'USER', 'LOGNAME', 'LANG', 'TZ'],
  ...['NODE_ENV', 'NODE_VERSION', 'YARN_VERSION'],
  // Cloud Run sets these for services; a job that has them is still a job.
  ...['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'],
  // Whether the Google client looks for a metadata server, never where.
  'METADATA_SERVER_DETECTION',
  // macOS gives it to every process.
  '__CF_USER_TEXT_ENCODING',
  ...Object.values(FLAGS).flatMap(({ env }) => (env === null ? [] : [env])),
]);

/** Cloud Run's own: `CLOUD_RUN_JOB`, `CLOUD_RUN_EXECUTION`, `CLOUD_RUN_TASK_INDEX`, … */
const PLATFORM_PREFIX = 'CLOUD_RUN_';

/** `WORKLOAD_ENV_X=1` gives the workload `X=1`. The entrypoint reads no variable with this prefix. */
export const WORKLOAD_PREFIX = 'WORKLOAD_ENV_';

/**
 * Variables that the job's command removes by `env -u`, because they act before the entrypoint can refuse them.
 * `env -i` would also remove Cloud Run's variables, whose values a command cannot know.
 */
export const REMOVED_BEFORE_START: readonly string[] = [
  ...['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_COMPILE_CACHE', 'NODE_V8_COVERAGE'],
  ...[
    'NODE_ICU_DATA',
    'NODE_REDIRECT_WARNINGS',
    'NODE_DEBUG_NATIVE',
    'NODE_CHANNEL_FD',
    'OPENSSL_CONF',
    'OPENSSL_MODULES',
  ],
  ...['LD_PRELOAD', 'LD_AUDIT', 'LD_LIBRARY_PATH', 'GLIBC_TUNABLES', 'GCONV_PATH', 'LOCPATH'],
];

/** The names that a pinned run refuses, in order. */
export function refusedVariables(env: Env): string[] {
  return Object.keys(env)
    .filter((name) => !isAccepted(name))
    .sort();
}

function isAccepted(name: string): boolean {
  return ACCEPTED.has(name) || name.startsWith(PLATFORM_PREFIX) || name.startsWith(WORKLOAD_PREFIX);
}

/** Signed URLs: the workload has no use for them. */
const ENTRYPOINT_ONLY: ReadonlySet<string> = new Set(['ENVIRONMENT_TAR_URL', 'RESULTS_UPLOAD_URL']);

/**
 * The workload's environment: its own variables under their real names, without signed URLs.
 *
 * @param home absent: the container's HOME and user are the workload's too.
 */
export function workloadVariables(env: Env, home: string | undefined): Record<string, string> {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const isOwn = (name: string) => name.startsWith(WORKLOAD_PREFIX);
  const kept = given.filter(([name]) => !isOwn(name) && !ENTRYPOINT_ONLY.has(name));
  const own = given.filter(([name]) => isOwn(name)).map(([name, value]) => [name.slice(WORKLOAD_PREFIX.length), value]);
  const { USER, LOGNAME, ...rest } = Object.fromEntries(kept);
  const account = home === undefined ? { ...(USER && { USER }), ...(LOGNAME && { LOGNAME }) } : { HOME: home };
  return { ...rest, ...account, ...Object.fromEntries(own.filter(([name]) => name !== '')) };
}
