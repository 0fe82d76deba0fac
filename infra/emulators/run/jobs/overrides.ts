import type { Container, ExecutionTemplate, Overrides } from '../model/records.ts';
import { invalid } from '../model/rpc-error.ts';
import { milliseconds } from '../model/time.ts';
import { containerFaults, taskCountFaults, timeoutFaults } from './job-rules.ts';

type ContainerOverride = NonNullable<Overrides['containerOverrides']>[number];

/** The job's variables first, in their order; a name given again takes the new value. */
function mergedEnv(container: Container, override: ContainerOverride): Container['env'] {
  const merged = new Map((container.env ?? []).map((variable) => [variable.name, variable]));
  for (const variable of override.env ?? []) merged.set(variable.name, variable);
  return [...merged.values()];
}

function mergedArgs(container: Container, override: ContainerOverride): string[] {
  if (override.clearArgs) return [];
  return override.args?.length ? override.args : (container.args ?? []);
}

function overridden(container: Container, override: ContainerOverride): Container {
  return { ...container, args: mergedArgs(container, override), env: mergedEnv(container, override) };
}

/** An override without a name means the job's only container. */
function matches(container: Container, override: ContainerOverride): boolean {
  return !override.name || override.name === container.name;
}

function overrideFaults(containers: readonly Container[], overrides: Overrides): string[] {
  return [
    ...(overrides.containerOverrides ?? [])
      .filter((override) => !containers.some((container) => matches(container, override)))
      .map((override) => `containerOverrides names the container '${override.name}', the job has none of that name`),
    ...(overrides.containerOverrides ?? [])
      .filter((override) => override.clearArgs && override.args?.length)
      .map(() => 'containerOverrides gives args and clearArgs, only one of them is possible'),
    ...(overrides.taskCount ? taskCountFaults(overrides.taskCount) : []),
    ...(overrides.timeout ? timeoutFaults(milliseconds(overrides.timeout)) : []),
  ];
}

/**
 * One execution's template: args replace, env merges by name, taskCount and timeout replace; command and image cannot be
 * overridden, the API has no field for them.
 *
 * @throws RpcError INVALID_ARGUMENT naming every fault of the overrides and of what they result in
 */
export function applyOverrides(template: ExecutionTemplate, overrides: Overrides): ExecutionTemplate {
  const task = template.template ?? {};
  const before = task.containers ?? [];
  const containers = before.map((container) =>
    (overrides.containerOverrides ?? [])
      .filter((override) => matches(container, override))
      .reduce(overridden, container),
  );
  const faults = [...overrideFaults(before, overrides), ...containers.flatMap(containerFaults)];
  if (faults.length > 0) throw invalid(faults);
  return {
    ...template,
    taskCount: overrides.taskCount || template.taskCount,
    template: { ...task, containers, timeout: overrides.timeout ?? task.timeout },
  };
}
