import { parseGsUrl } from '../../core/values/gs-url.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { Environments } from '../../ports/environments.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import { statEnvironment } from './preflight.ts';
import type { RecordPolicy } from './record.ts';
import { type PromotionParts, validatePromotion } from './validate.ts';

/** What is wrong with a promotion; `missing`: something that it names does not exist. */
export type PromotionIssues = { missing: Issue[]; wrong: Issue[] };

/** Names that `promotionFaults` looked up. */
const LOOKED_UP = new Set(['runtime', 'tenants']);

/** The fan-out's own checks before a promotion is published, except for hashing the object's bytes. */
export async function checkPromotion(
  declared: PromotionParts,
  deps: { fleet: FleetRegistry; environments: Environments },
  policy: RecordPolicy,
): Promise<PromotionIssues> {
  const [faults, object] = await Promise.all([
    validatePromotion(declared, deps, policy.environmentBuckets),
    checkObject(declared, deps.environments, policy),
  ]);
  return {
    missing: [...faults.filter(({ path }) => LOOKED_UP.has(path)), ...object.missing],
    wrong: [...faults.filter(({ path }) => !LOOKED_UP.has(path)), ...object.wrong],
  };
}

/** An object outside of the environments buckets is refused unread: the promoter may have no access to it. */
async function checkObject(
  { environmentTarUrl }: PromotionParts,
  environments: Environments,
  policy: RecordPolicy,
): Promise<PromotionIssues> {
  if (environmentTarUrl === undefined) return { missing: [], wrong: [] };
  if (!policy.environmentBuckets.includes(parseGsUrl(environmentTarUrl).bucket)) return { missing: [], wrong: [] };
  const { stat, faults } = await statEnvironment({ environmentTarUrl }, environments, policy.maxEnvironmentBytes);
  return stat === undefined ? { missing: faults, wrong: [] } : { missing: [], wrong: faults };
}
