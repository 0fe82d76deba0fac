import type { Config } from '../../core/config.ts';
import type { PromoteEvent } from '../../core/messages/promote-event.ts';
import { covers } from '../../core/promotion/ledger.ts';
import { projectRegion, type Tenant } from '../../core/records/tenant.ts';
import type { WaitUntil } from '../../core/status/conclusion.ts';
import type { Issue } from '../../core/values/issues.ts';
import { RECORD_SECONDS, rolloutSeconds } from '../../core/values/seconds.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import { readSeconds } from '../options.ts';

export type WaitOptions = { wait?: true; async?: true; until?: string; timeout?: string };

/** The state to wait for; `published` is reached without a wait. */
export type PromotionWait = { until: WaitUntil | 'published'; timeoutSeconds: number };

type Scope = Pick<PromoteEvent, 'runtime' | 'tenants'>;
type Waiting = (event: Scope, fleet: Pick<FleetRegistry, 'tenants'>, config: Config) => Promise<PromotionWait>;

/** Reads the options. The default timeout is computed later, from the size of the fleet. */
export function readWait(options: WaitOptions, issues: Issue[]): Waiting {
  const until = readUntil(options, issues);
  const typed = options.timeout === undefined ? undefined : readSeconds(options.timeout, '--timeout', issues);
  return async (event, fleet, config) => ({
    until,
    timeoutSeconds: typed ?? (await defaultTimeout(until, event, fleet, config)),
  });
}

function readUntil({ wait, async: leave, until }: WaitOptions, issues: Issue[]): PromotionWait['until'] {
  if (leave && (wait || until !== undefined)) {
    issues.push({ path: '--async', message: 'cannot be combined with --wait or --until' });
  }
  if (until === 'adopted' || until === 'succeeded') return until;
  if (until !== undefined) {
    issues.push({ path: '--until', message: `expected adopted or succeeded, got ${JSON.stringify(until)}` });
  }
  if (leave) return 'published';
  return wait ? 'succeeded' : 'recorded';
}

async function defaultTimeout(
  until: PromotionWait['until'],
  event: Scope,
  fleet: Pick<FleetRegistry, 'tenants'>,
  { runsPerMinute }: Config,
): Promise<number> {
  if (until === 'published' || until === 'recorded') return RECORD_SECONDS;
  const { records } = await fleet.tenants(event.runtime);
  return rolloutSeconds(largestLocation(records.filter(({ tenant }) => covers(event, tenant))), runsPerMinute);
}

/** The number of tenants in the largest location. Each location has its own launch quota, so this one takes longest. */
export function largestLocation(tenants: readonly Tenant[]): number {
  const byLocation = Map.groupBy(tenants, ({ job }) => JSON.stringify(projectRegion(job)));
  return Math.max(0, ...[...byLocation.values()].map(({ length }) => length));
}
