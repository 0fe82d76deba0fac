import type { LaunchRecord } from '#functions/core/records/launch.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { OrphanReport as Report } from '#functions/core/records/orphan-report.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import type { ModelExecution } from '../model/cloud/cloud-run.ts';
import { buckets } from '../model/names.ts';
import { parsed, readAssignment } from '../model/records.ts';
import type { Context } from './watch.ts';

/** The scan never reports a recorded launch, and in the end finds every execution without a claim. */
export class Orphans {
  /** Execution → when its launch was recorded. */
  readonly #recorded = new Map<string, number>();
  /** Executions whose launch id was no claim when they were created. */
  readonly #made = new Set<string>();
  /** `runtime/tenant` with a registration that was unreadable for a while, so that the scan could not see it. */
  readonly unreadable = new Set<string>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** @param isOurs whether it was made by a call of `jobs.run` for a claim. */
  made({ name, env, job }: ModelExecution, isOurs: boolean): void {
    const launchId = env.PINCAST_LAUNCH_ID;
    if (launchId === undefined) return;
    const claimed = readAssignment(this.#context.world, job.runtime, job.tenant)?.launchId;
    if (!isOurs || claimed !== launchId) this.#made.add(name);
  }

  recorded(after: string | undefined): void {
    const { execution } = JSON.parse(after ?? '{}') as LaunchRecord;
    this.#recorded.set(execution, this.#context.world.timeline.now);
  }

  reported(before: string | undefined, after: string | undefined): void {
    const known = new Set(before === undefined ? [] : orphansIn(before));
    const { lookedAt } = JSON.parse(after ?? '{}') as Report;
    for (const execution of orphansIn(after ?? '{}').filter((name) => !known.has(name) && this.#isRegistered(name))) {
      const recordedAt = this.#recorded.get(execution) ?? Number.POSITIVE_INFINITY;
      if (recordedAt < Date.parse(lookedAt) - this.#context.world.skew)
        this.#context.violate('orphans', `${execution} was launched and recorded, and was reported as an orphan`);
    }
  }

  /** Executions without a claim that no scan has found yet. */
  overlooked(): string[] {
    const { world } = this.#context;
    const found = new Set(world.buckets.list(buckets.control, 'orphans/').flatMap(({ body }) => orphansIn(body)));
    return [...world.run.executions.values()]
      .filter((execution) => this.#isOrphan(execution) && !found.has(execution.name))
      .map(({ name }) => `${name} belongs to no launch, and no scan has found it`);
  }

  /** Every running execution of a removed tenant is an orphan, so it is excused. */
  #isRegistered(execution: string): boolean {
    const { launches } = this.#context.world.watch;
    const { runtime, tenant } = launches.everMade.get(execution)?.job ?? { runtime: '', tenant: '' };
    return this.#context.world.buckets.get(buckets.control, names.tenant(runtime, tenant)) !== undefined;
  }

  #isOrphan({ name, job }: ModelExecution): boolean {
    const { buckets: stored } = this.#context.world;
    const registered = parsed<Tenant>(stored.get(buckets.control, names.tenant(job.runtime, job.tenant))?.body);
    const isOwn = registered?.job === job.name;
    const isKnown = isOwn && !this.unreadable.has(`${job.runtime}/${job.tenant}`);
    return isKnown && this.#made.has(name) && !this.#recorded.has(name);
  }
}

function orphansIn(body: string): string[] {
  return (JSON.parse(body) as Partial<Report>).executions?.first.map(({ execution }) => execution) ?? [];
}
