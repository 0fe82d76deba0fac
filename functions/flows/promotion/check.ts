import { parseGsUrl } from '../../core/values/gs-url.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { Environments } from '../../ports/environments.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import { statEnvironment } from './preflight.ts';
import type { RecordPolicy } from './record.ts';
import { type PromotionParts, validatePromotion } from './validate.ts';

/** The issues of a promotion; `missing`: it names something that does not exist. */
export type PromotionIssues = { missing: Issue[]; wrong: Issue[] };

/** Paths whose issues say that a runtime or tenant does not exist. */
const REGISTERED = new Set(['runtime', 'tenants']);

/** Checks a promotion as the fan-out does, except that it does not hash the object's bytes. */
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
    missing: [...faults.filter(({ path }) => REGISTERED.has(path)), ...object.missing],
    wrong: [...faults.filter(({ path }) => !REGISTERED.has(path)), ...object.wrong],
  };
}

/** Does not read an object outside the environments buckets, because the promoter may lack access to it. */
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
