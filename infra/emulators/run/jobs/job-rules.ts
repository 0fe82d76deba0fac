import type { Container, ExecutionTemplate, JobContent, TaskTemplate } from '../model/records.ts';
import { milliseconds } from '../model/time.ts';

const MAX_ENV_VALUE_BYTES = 32_768;
const MAX_ENV = 1_000;
const MAX_ARGS = 1_000;
const MAX_TASKS = 10_000;
const MAX_RETRIES = 10;
const MAX_TIMEOUT_MS = 168 * 3_600_000;
const DEFAULT_RETRIES = 3;
const DEFAULT_TIMEOUT = { seconds: '600', nanos: 0 };
/** Namespaces that Cloud Run keeps to itself in labels and annotations. */
const RESERVED =
  /^([a-z0-9-]+\.)*(run\.googleapis\.com|cloud\.googleapis\.com|serving\.knative\.dev|autoscaling\.knative\.dev)\//;

/** Faults of a container, also after overrides were merged into it. */
export function containerFaults(container: Container): string[] {
  const env = container.env ?? [];
  const args = container.args ?? [];
  const faults = env.flatMap((variable) => {
    const bytes = Buffer.byteLength(variable.value ?? '');
    if (!variable.name) return ['an env variable has no name'];
    if (/[=\0]/.test(variable.name)) return [`env ${JSON.stringify(variable.name)} holds = or NUL in its name`];
    if (variable.valueSource) return [`env ${variable.name} has a valueSource; secrets are not served here`];
    if (variable.value?.includes('\0')) return [`env ${variable.name} holds a NUL`];
    return bytes > MAX_ENV_VALUE_BYTES
      ? [`env ${variable.name} is ${bytes} bytes long, at most ${MAX_ENV_VALUE_BYTES} are allowed`]
      : [];
  });
  if (env.length > MAX_ENV) faults.push(`${env.length} env variables, at most ${MAX_ENV} are allowed`);
  if (args.length > MAX_ARGS) faults.push(`${args.length} args, at most ${MAX_ARGS} are allowed`);
  if ([...(container.command ?? []), ...args].some((word) => word.includes('\0'))) faults.push('an arg holds a NUL');
  return faults;
}

function taskFaults(template: TaskTemplate): string[] {
  const containers = template.containers ?? [];
  const retries = template.maxRetries ?? DEFAULT_RETRIES;
  const faults = containers.flatMap(containerFaults);
  if (containers.length === 0) faults.push('template.template.containers is empty, one container is required');
  if (containers.length > 1) faults.push(`${containers.length} containers, one is served here`);
  if (retries < 0 || retries > MAX_RETRIES) faults.push(`maxRetries is ${retries}, 0 to ${MAX_RETRIES} are allowed`);
  if (template.timeout) faults.push(...timeoutFaults(milliseconds(template.timeout)));
  return faults;
}

export function timeoutFaults(timeoutMs: number): string[] {
  if (timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS) return [];
  return [`timeout is ${timeoutMs / 1000} s, more than 0 s and at most 168 h is allowed`];
}

export function taskCountFaults(taskCount: number): string[] {
  if (taskCount >= 1 && taskCount <= MAX_TASKS) return [];
  return [`taskCount is ${taskCount}, 1 to ${MAX_TASKS} are allowed`];
}

function reservedFaults(what: string, map: Record<string, string> | null | undefined): string[] {
  return Object.keys(map ?? {})
    .filter((key) => RESERVED.test(key))
    .map((key) => `${what} ${key} is in a namespace that Cloud Run reserves`);
}

/** Every issue of a job. */
export function jobFaults(content: JobContent): string[] {
  const execution: ExecutionTemplate = content.template ?? {};
  return [
    ...taskFaults(execution.template ?? {}),
    ...taskCountFaults(execution.taskCount || 1),
    ...((execution.parallelism ?? 0) < 0 ? [`parallelism is ${execution.parallelism}`] : []),
    ...[content, execution].flatMap(({ labels, annotations }) => [
      ...reservedFaults('label', labels),
      ...reservedFaults('annotation', annotations),
    ]),
  ];
}

/** The job with Cloud Run's defaults: 3 retries, 600 s per attempt, 1 task. */
export function withDefaults(content: JobContent): JobContent {
  const execution = content.template ?? {};
  const task = execution.template ?? {};
  const template = {
    ...task,
    maxRetries: task.maxRetries ?? DEFAULT_RETRIES,
    timeout: task.timeout ?? DEFAULT_TIMEOUT,
  };
  return { ...content, template: { ...execution, taskCount: execution.taskCount || 1, template } };
}
