import type { Guard } from '#functions/core/records/guard.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Rejection } from '#functions/core/records/rejection.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { isVerdict } from '#functions/core/values/adoption.ts';
import type { Published } from '../model/cloud/pubsub.ts';
import { buckets } from '../model/names.ts';
import { parsed, readAssignment } from '../model/records.ts';
import type { World } from '../model/world.ts';

/** Why a tenant is not at rest yet; undefined where it is. */
export function unsettled(world: World, { runtime, tenant }: Tenant): string | undefined {
  const target = world.watch.ledger.target(runtime, tenant);
  if (target === undefined || world.buckets.get(buckets.control, names.hold(runtime, tenant)) !== undefined) {
    return undefined;
  }
  const entry = world.watch.ledger.entries.get(runtime)?.find((one) => one.revision === target);
  const assignment = readAssignment(world, runtime, tenant);
  const mayStay = isBlocked(world, runtime, entry);
  if (assignment?.revision !== target) {
    const at = assignment === undefined ? 'has no assignment' : `is assigned ${assignment.revision}`;
    return mayStay ? undefined : `${runtime}/${tenant} ${at}, its target is ${target}`;
  }
  const { revision, adoption, reason, execution } = assignment;
  if (mayStay && (execution === null || isRevoked(world, entry))) return undefined;
  if (entry?.rollout.launch === 'none' || isVerdict(adoption)) return undefined;
  return `${runtime}/${tenant} is ${adoption} at ${revision} (${reason?.code ?? 'no reason'})`;
}

/** True for a pin that no tenant may move to: it is revoked, or has more failures than maxFailures. */
function isBlocked(world: World, runtime: string, entry: LedgerEntry | undefined): boolean {
  if (entry === undefined) return false;
  return isRevoked(world, entry) || world.watch.failures.isExceeded(runtime, entry.revision);
}

function isRevoked({ buckets: stored }: World, entry: LedgerEntry | undefined): boolean {
  const guard = JSON.parse(stored.get(buckets.assignments, names.guard)?.body ?? '{}') as Partial<Guard>;
  return entry !== undefined && (guard.revokedDigests ?? []).includes(entry.environmentTarDigest);
}

/**
 * Every promotion that was accepted for delivery ends in the ledger or under `rejections/`, and lists show it in one of them.
 *
 * A delayed write may create `rejections/<id>.json` again after its withdrawal. Readers of that name ask the ledger first.
 */
export function misplaced(world: World, promotions: readonly Published[]): string[] {
  const entries = [...world.watch.ledger.entries.values()].flat();
  const rejections = world.buckets
    .list(buckets.control, names.rejections)
    .flatMap(({ body }) => parsed<Rejection>(body) ?? []);
  const listed = world.buckets.list(buckets.control, names.rejectionsByTime).map(({ name }) => name);
  return promotions.flatMap(({ id, messageId, data }) => {
    const { promotionId = messageId } = JSON.parse(data) as { promotionId?: string };
    const isRecorded = entries.some((entry) => entry.messageId === messageId);
    const isKnown = isRecorded || entries.some((entry) => entry.promotionId === promotionId);
    const isRejected = rejections.some((rejection) => rejection.messageId === messageId);
    const isListed = listed.some((name) => name.endsWith(`-${messageId}.json`));
    if (isRecorded && isListed) return [`${id} is in the ledger and among the listed rejections`];
    return isKnown || isRejected ? [] : [`${id} is neither in the ledger nor under rejections/`];
  });
}
