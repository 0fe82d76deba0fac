import type { PromoteEvent } from '../../core/messages/promote-event.ts';
import type { PreflightResult } from '../../core/promotion/decide.ts';
import type { Ledger } from '../../core/promotion/ledger.ts';
import type { Digest } from '../../core/values/digest.ts';
import { formatGsUrl, type ObjectLocation, parseGsUrl } from '../../core/values/gs-url.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { EnvironmentStat, Environments } from '../../ports/environments.ts';

export type Preflight = { kind: 'passed'; preflighted: PreflightResult } | { kind: 'failed'; faults: Issue[] };

/** Returns the issues of the stored object that its metadata shows. */
export async function statEnvironment(
  { environmentTarUrl }: Pick<PromoteEvent, 'environmentTarUrl'>,
  environments: Environments,
  maxBytes: number,
): Promise<{ stat: EnvironmentStat | undefined; faults: Issue[] }> {
  const location = parseGsUrl(environmentTarUrl);
  const stat = await environments.stat(location);
  const messages = stat === undefined ? [`there is no object ${formatGsUrl(location)}`] : statIssues(stat, maxBytes);
  return { stat, faults: messages.map((message) => ({ path: 'environmentTarUrl', message })) };
}

function statIssues({ contentEncoding, bytes }: EnvironmentStat, maxBytes: number): string[] {
  return [
    ...(contentEncoding === null
      ? []
      : [
          `it is stored with contentEncoding ${contentEncoding}: Cloud Storage would decompress it in flight and the digest could not match; upload it without one`,
        ]),
    ...(bytes > maxBytes ? [`it has ${bytes} bytes, the most is ${maxBytes}`] : []),
  ];
}

/** Hashes the object once here, so that a wrong digest does not fail in a thousand sandboxes. */
export async function hashEnvironment(
  { event, stat, maxBytes }: { event: PromoteEvent; stat: EnvironmentStat; maxBytes: number },
  ledger: Ledger,
  environments: Environments,
): Promise<Preflight> {
  const passed: Preflight = { kind: 'passed', preflighted: { generation: stat.generation, bytes: stat.bytes } };
  if (wasHashedBefore(event, ledger, stat.generation)) return passed;
  const actual = await environments.hash(parseGsUrl(event.environmentTarUrl), stat.generation, maxBytes);
  if (actual === event.environmentTarDigest) return passed;
  const message = `expected ${event.environmentTarDigest}, but the object's bytes hash to ${actual}`;
  return { kind: 'failed', faults: [{ path: 'environmentTarDigest', message }] };
}

/** True if an entry proves that this generation hashed to this digest. */
function wasHashedBefore(event: PromoteEvent, { entries }: Ledger, generation: string): boolean {
  return entries.some(
    (entry) =>
      entry.environmentTarUrl === event.environmentTarUrl &&
      entry.environmentTarDigest === event.environmentTarDigest &&
      entry.environmentGeneration === generation,
  );
}

/** Hashes each generation once, also after CAS conflicts on the ledger. */
export function hashOnce(environments: Environments): Environments {
  const known = new Map<string, Promise<Digest>>();
  return {
    stat: (location) => environments.stat(location),
    hash: (location: ObjectLocation, generation, maxBytes) => {
      const key = JSON.stringify([location.bucket, location.object, generation]);
      const hashing = known.get(key) ?? environments.hash(location, generation, maxBytes);
      known.set(key, hashing);
      return hashing;
    },
  };
}
