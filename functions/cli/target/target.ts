import * as v from 'valibot';
import { type Config, readConfig } from '../../core/config.ts';
import { fromConfigError, usageError } from '../errors.ts';

/** The cloud that a command talks to. */
export type CloudContext = {
  /** `local (project pincast-local, .pincast/target.json)` */
  description: string;
  config: Config;
  /** URL of the service that creates tenants; only the embedded cloud has one. */
  provisioner?: string;
};

const loopback = v.pipe(v.string(), v.regex(/^http:\/\/127\.0\.0\.1:\d{1,5}$/, 'expected http://127.0.0.1:PORT'));

/** `.pincast/target.json`, written by a running embedded cloud for other terminals. */
const targetFile = v.object({
  formatVersion: v.literal(1),
  name: v.string(),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  env: v.record(v.string(), v.string()),
  provisioner: loopback,
  statusUrl: loopback,
});
export type TargetFile = v.InferOutput<typeof targetFile>;

/** @throws CliError usage, naming the first issue of the file. */
export function parseTargetFile(text: string, path: string): TargetFile {
  const refusal = (why: string) =>
    usageError(`${path} is not what \`npm start\` writes (${why}); remove it, or start the local cloud again`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refusal(`not JSON: ${(error as Error).message}`);
  }
  const parsed = v.safeParse(targetFile, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw refusal(`${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
}

export function targetOfFile(file: TargetFile, path: string): CloudContext {
  const config = configOf(file.env, path);
  return {
    description: `${file.name} (project ${config.project}, ${path})`,
    config,
    provisioner: file.provisioner,
  };
}

export function targetOfEnv(env: NodeJS.ProcessEnv): CloudContext {
  const config = configOf(env, 'the environment');
  const endpoint = config.endpoints.storage ?? config.endpoints.pubsub ?? config.endpoints.run;
  const where = endpoint === undefined ? 'Google Cloud' : endpoint;
  return { description: `project ${config.project} at ${where} (from PINCAST_PROJECT)`, config };
}

function configOf(env: NodeJS.ProcessEnv, where: string): Config {
  try {
    return readConfig(env);
  } catch (error) {
    throw fromConfigError(error, where);
  }
}
