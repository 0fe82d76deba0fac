import { isVerdict } from '../../../functions/core/adoption.ts';
import type { Assignment } from '../../../functions/core/assignment.ts';
import { names } from '../../../functions/core/object-names.ts';
import type { Rejection } from '../../../functions/core/rejection.ts';
import type { Tenant } from '../../../functions/core/tenant.ts';
import { buckets } from '../model/names.ts';
import type { Published } from '../model/pubsub.ts';
import type { World } from '../model/world.ts';

/** Why a tenant is not at rest yet; undefined where it is. */
export function unsettled(world: World, { runtime, tenant }: Tenant): string | undefined {
  const target = world.watch.ledger.target(runtime, tenant);
  if (target === undefined || world.buckets.get(buckets.control, names.hold(runtime, tenant)) !== undefined) {
    return undefined;
  }
  const stored = world.buckets.get(buckets.assignments, names.assignment(runtime, tenant));
  if (stored === undefined) return `${runtime}/${tenant} has no assignment, its target is ${target}`;
  const { revision, adoption, reason } = JSON.parse(stored.body) as Assignment;
  if (revision !== target) return `${runtime}/${tenant} is assigned ${revision}, its target is ${target}`;
  const entry = world.watch.ledger.entries.get(runtime)?.find((one) => one.revision === target);
  if (entry?.rollout.launch === 'none' || isVerdict(adoption)) return undefined;
  return `${runtime}/${tenant} is ${adoption} at ${revision} (${reason?.code ?? 'no reason'})`;
}

/** Every promotion that was accepted for delivery ends in the ledger or under `rejections/`, and not in both. */
export function misplaced(world: World, promotions: readonly Published[]): string[] {
  const entries = [...world.watch.ledger.entries.values()].flat();
  const rejections = world.buckets
    .list(buckets.control, names.rejections)
    .map(({ body }) => JSON.parse(body) as Rejection);
  return promotions.flatMap(({ id, messageId, data }) => {
    const { promotionId = messageId } = JSON.parse(data) as { promotionId?: string };
    const isRecorded = entries.some((entry) => entry.messageId === messageId);
    const isKnown = isRecorded || entries.some((entry) => entry.promotionId === promotionId);
    const isRejected = rejections.some((rejection) => rejection.messageId === messageId);
    if (isRecorded && isRejected) return [`${id} stands in the ledger and under rejections/`];
    return isKnown || isRejected ? [] : [`${id} stands neither in the ledger nor under rejections/`];
  });
}
