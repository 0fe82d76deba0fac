import type { Config } from '../core/config.ts';
import type { InputFault } from '../core/faults.ts';
import { IDENTIFIER } from '../core/identifier.ts';
import { MAX_SECONDS } from '../core/seconds.ts';
import { projectRegion, type Tenant } from '../core/tenant.ts';
import type { WaitUntil } from '../flows/conclude-promotion.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { EventData } from './promote-order.ts';
import { readSeconds } from './read-option.ts';

export type WaitOptions = { wait?: true; async?: true; until?: string; timeout?: string };

/** What the promoter waits for; `published`: for nothing more. */
export type PromotionWait = { until: WaitUntil | 'published'; timeoutSeconds: number };

/** The fan-out reads the whole object before it records a promotion: gigabytes take minutes. */
const RECORD_SECONDS = 300;
/** What the workloads themselves may take where `--timeout` is not given. */
const WORKLOAD_SECONDS = 600;

type Waiting = (data: EventData, fleet: Pick<FleetRegistry, 'tenants'>, config: Config) => Promise<PromotionWait>;

/** Reads the options; the default timeout is known when the fleet's size is. */
export function readWait(options: WaitOptions, faults: InputFault[]): Waiting {
  const until = readUntil(options, faults);
  const typed = options.timeout === undefined ? undefined : readSeconds(options.timeout, '--timeout', faults);
  return async (data, fleet, config) => ({
    until,
    timeoutSeconds: typed ?? (await defaultTimeout(until, data, fleet, config)),
  });
}

function readUntil({ wait, async: leave, until }: WaitOptions, faults: InputFault[]): PromotionWait['until'] {
  if (leave && (wait || until !== undefined)) {
    faults.push({ path: '--async', message: 'leaves at once: give either it or --wait' });
  }
  if (until === 'adopted' || until === 'succeeded') return until;
  if (until !== undefined) {
    faults.push({ path: '--until', message: `expected adopted or succeeded, got ${JSON.stringify(until)}` });
  }
  if (leave) return 'published';
  return wait ? 'succeeded' : 'recorded';
}

async function defaultTimeout(
  until: PromotionWait['until'],
  { runtime, tenants }: EventData,
  fleet: Pick<FleetRegistry, 'tenants'>,
  config: Config,
): Promise<number> {
  if (until === 'published' || until === 'recorded') return RECORD_SECONDS;
  if (typeof runtime !== 'string' || !IDENTIFIER.test(runtime)) return WORKLOAD_SECONDS;
  const { records } = await fleet.tenants(runtime);
  const scope = Array.isArray(tenants) ? new Set<unknown>(tenants) : undefined;
  return fittingTimeout(
    records.filter(({ tenant }) => scope === undefined || scope.has(tenant)),
    config.runsPerMinute,
  );
}

/** Seconds that launching takes at the quota, where most of these tenants are, and what their workloads may take. */
export function fittingTimeout(tenants: readonly Tenant[], runsPerMinute: number): number {
  const byLocation = Map.groupBy(tenants, ({ job }) => JSON.stringify(projectRegion(job)));
  const most = Math.max(0, ...[...byLocation.values()].map(({ length }) => length));
  return Math.min(MAX_SECONDS, RECORD_SECONDS + Math.ceil((most * 60) / runsPerMinute) + WORKLOAD_SECONDS);
}
