import pMap from 'p-map';
import { type Evidence, noEvidence, type Unsettled } from '../../core/adoption/evidence.ts';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import { locationOf } from '../../core/records/tenant.ts';
import type { Log } from '../../ports/system.ts';
import { listExecutions } from './listed-executions.ts';
import { type RunEvidenceDeps, runEvidence } from './run-evidence.ts';

export type EvidenceDeps = RunEvidenceDeps & { log: Log };

/** Tenants of one location whose evidence is read at the same time. */
const CONCURRENCY = 10;
const MAX_SECONDS = 60;

/**
 * Reads what became of unsettled runs, within a quarter of the time until the deadline and at most 60 s.
 *
 * @returns no entry for a tenant whose run cannot have changed; `unavailable` where Cloud Run gave no answer in time.
 */
export async function collectEvidence(
  unsettled: readonly Unsettled[],
  deps: EvidenceDeps,
  policy: RetryPolicy,
  deadline: Date,
): Promise<Map<string, Evidence>> {
  if (unsettled.length === 0) return new Map();
  const start = deps.clock.now().getTime();
  const milliseconds = Math.max(0, Math.min((deadline.getTime() - start) / 4, MAX_SECONDS * 1000));
  const end = new AbortController();
  const isPastDeadline = () => end.signal.aborted || deps.clock.now().getTime() >= start + milliseconds;
  const found = new Map<string, Evidence | undefined>();
  const onRead = ({ tenant }: Unsettled, evidence: Evidence | undefined) => found.set(tenant.tenant, evidence);
  const groups = [...Map.groupBy(unsettled, locationKey).values()];
  const gathered = groups.map((group) => readLocation(group, { isPastDeadline, onRead }, deps, policy));
  await Promise.race([Promise.all(gathered), deps.clock.sleep(milliseconds, end.signal)]);
  end.abort();
  const late = unsettled.filter(({ tenant }) => !found.has(tenant.tenant));
  for (const one of late) onRead(one, unavailable(`no answer within ${milliseconds / 1000} s`));
  if (late.length > 0) deps.log.warn('evidence is incomplete', { tenants: late.length, first: late[0]?.tenant.tenant });
  return new Map([...found].flatMap(([tenant, evidence]) => (evidence ? [[tenant, evidence]] : [])));
}

/** Reads the runs of one location. It reports each at once, because the time may end before all are read. */
async function readLocation(
  unsettled: readonly Unsettled[],
  { isPastDeadline, onRead }: { isPastDeadline: () => boolean; onRead: (one: Unsettled, found?: Evidence) => void },
  deps: EvidenceDeps,
  policy: RetryPolicy,
): Promise<void> {
  const listed = await listExecutions(unsettled, isPastDeadline, deps);
  const errors: unknown[] = [];
  const ask = async (one: Unsettled): Promise<void> => {
    if (isPastDeadline()) return;
    const evidence = await runEvidence(one, { listed, deps, policy }).catch((error: unknown) => {
      errors.push(error);
      return unavailable(String(error));
    });
    if (!isPastDeadline()) onRead(one, evidence);
  };
  await pMap(rotated(unsettled, deps.clock.now()), ask, { concurrency: CONCURRENCY });
  if (errors.length === 0) return;
  const location = locationKey(unsettled[0]);
  deps.log.warn('evidence unavailable', { location, tenants: errors.length, error: String(errors[0]) });
}

/** Starts at another tenant each second, because the time may suffice for some tenants only. */
function rotated<T>(items: readonly T[], now: Date): T[] {
  const start = Math.floor(now.getTime() / 1000) % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function unavailable(why: string): Evidence {
  return { ...noEvidence, unavailable: why };
}

function locationKey(unsettled: Unsettled | undefined): string {
  if (unsettled === undefined) return '';
  return locationOf(unsettled.assignment.execution ?? unsettled.tenant.job);
}
