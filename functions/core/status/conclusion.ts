import { isVerdict } from '../values/adoption.ts';
import type { PromotionProgress, RecordedPromotion, ScopedTenant } from './promotion-progress.ts';

/** The state that `--wait` waits for. */
export type WaitUntil = 'recorded' | 'adopted' | 'succeeded';

/**
 * How a promotion ended. `assigned`: the end of a promotion with `launch: none`. `superseded`: a later promotion is the target
 * of some tenant in scope.
 */
export type Conclusion =
  | 'recorded'
  | 'assigned'
  | 'adopted'
  | 'succeeded'
  | 'failed'
  | 'superseded'
  | 'paused'
  | 'rejected';

/** How the promotion ended; undefined while it is in progress, also while a sandbox of a HALTED rollout executes. */
export function concludePromotion(progress: PromotionProgress, until: WaitUntil): Conclusion | undefined {
  if (progress.kind === 'unrecorded') return undefined;
  if (progress.kind === 'rejected') return 'rejected';
  if (until === 'recorded') return 'recorded';
  if (progress.tenants.length === 0) return 'failed';
  const conclusion = concludeKnown(progress, until);
  // A tenant with an unreadable object may have failed; an operator must repair the object.
  return conclusion !== undefined && GOOD.has(conclusion) && progress.unknown.length > 0 ? 'paused' : conclusion;
}

const GOOD: ReadonlySet<Conclusion> = new Set(['assigned', 'adopted', 'succeeded']);

function concludeKnown(progress: RecordedPromotion, until: WaitUntil): Conclusion | undefined {
  if (until === 'adopted') return concludeAdoption(progress);
  return progress.pin.rollout.launch === 'none' ? concludeAssignment(progress) : concludeRollout(progress);
}

/** The tenants that the wait still needs. */
export function openTenants({ pin, tenants }: RecordedPromotion, until: WaitUntil): ScopedTenant[] {
  const members = tenants.filter(({ supersededBy }) => supersededBy === null);
  if (until === 'adopted') return members.filter(({ adoption }) => !isVerdict(adoption));
  if (pin.rollout.launch === 'none') return members.filter(({ revision }) => revision !== pin.revision);
  return members.filter(({ adoption, outcome }) => !isVerdict(adoption) || isUnended({ adoption, outcome }));
}

function isUnended({ adoption, outcome }: Pick<ScopedTenant, 'adoption' | 'outcome'>): boolean {
  return adoption === 'ADOPTED' && (outcome === null || outcome.state === 'RUNNING');
}

function concludeAdoption(progress: RecordedPromotion): Conclusion | undefined {
  const open = openTenants(progress, 'adopted');
  if (open.length > 0) return open.every(isHeld) ? 'paused' : undefined;
  if (progress.tenants.some(isSuperseded)) return 'superseded';
  return progress.tenants.every(({ adoption }) => adoption === 'ADOPTED') ? 'adopted' : 'failed';
}

function concludeAssignment(progress: RecordedPromotion): Conclusion | undefined {
  const open = openTenants(progress, 'succeeded');
  if (open.length > 0) return open.every(isHeld) ? 'paused' : undefined;
  return progress.tenants.some(isSuperseded) ? 'superseded' : 'assigned';
}

function concludeRollout({ state, pin, tenants }: RecordedPromotion): Conclusion | undefined {
  const isExecuting = ({ revision, adoption, outcome }: ScopedTenant) =>
    revision === pin.revision && (adoption === 'LAUNCHING' || adoption === 'RUNNING' || outcome?.state === 'RUNNING');
  if (tenants.some(isExecuting)) return undefined;
  switch (state) {
    case 'HALTED':
    case 'ABORTED':
    case 'ROLLED_BACK':
      return 'failed';
    case 'PAUSED':
      return 'paused';
    case 'SUCCEEDED':
      return tenants.some(isSuperseded) ? 'superseded' : 'succeeded';
    case 'SUPERSEDED':
      return 'superseded';
    case 'PENDING':
    case 'IN_PROGRESS':
    case 'SOAKING':
      return undefined;
    default:
      return state satisfies never;
  }
}

function isSuperseded({ supersededBy }: ScopedTenant): boolean {
  return supersededBy !== null;
}

function isHeld({ adoption }: ScopedTenant): boolean {
  return adoption === 'HELD';
}
