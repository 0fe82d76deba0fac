import { createHash } from 'node:crypto';
import type { PromoteEvent } from './promote-event.ts';

type Content = Pick<PromoteEvent, 'environmentTarUrl' | 'environmentTarDigest' | 'tenants' | 'rollout'>;

/** A fingerprint of what a promotion asks for; who asked, and why, may differ between repetitions. */
export function promotionContent(promotion: Content): string {
  const { environmentTarUrl, environmentTarDigest, tenants, rollout } = promotion;
  const { waves, soakSeconds, maxFailures, launch, running } = rollout;
  const canonical = [
    environmentTarUrl,
    environmentTarDigest,
    tenants === undefined ? null : [...tenants].sort(),
    [waves, soakSeconds, maxFailures, launch, running],
  ];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

/** The same pin for the same tenants: URL, digest and scope. */
export function isSamePin(a: Omit<Content, 'rollout'>, b: Omit<Content, 'rollout'>): boolean {
  return (
    a.environmentTarUrl === b.environmentTarUrl &&
    a.environmentTarDigest === b.environmentTarDigest &&
    JSON.stringify(scope(a)) === JSON.stringify(scope(b))
  );
}

function scope({ tenants }: Pick<Content, 'tenants'>): string[] | null {
  return tenants === undefined ? null : [...tenants].sort();
}
