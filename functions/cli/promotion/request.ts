import { type PromoteEvent, parsePromoteEvent } from '../../core/messages/promote-event.ts';
import { topics } from '../../core/messages/topics.ts';
import { promotionFingerprint } from '../../core/promotion/decide.ts';
import type { PublishedPromotion } from '../../core/status/promotion-progress.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { Messages } from '../../ports/system.ts';
import { readCount, readNames } from '../options.ts';
import { publish } from '../publish.ts';

/** The unparsed options of `pincast promote` that become part of the event. */
export type PromoteOptions = {
  runtime?: string;
  tenants?: string;
  expectedRevision?: string;
  promotionId?: string;
  reason?: string;
  by?: string;
  launch?: string;
  maxFailures?: string;
};

export type Pinned = { environmentTarUrl: string; environmentTarDigest: string | undefined };

/** The data of a `pin-promoted` message. */
export type EventData = Record<string, unknown>;

export type PromoteRequest = {
  /** The data that is published. */
  data: EventData;
  /** The same data as the fan-out parses it. */
  event: PromoteEvent & { promotionId: string };
};

const ARGUMENTS: Record<string, string> = {
  runtime: '--runtime',
  environmentTarUrl: 'environment',
  environmentTarDigest: 'digest',
  tenants: '--tenants',
  promotionId: '--promotion-id',
  promotedBy: '--by',
  reason: '--reason',
  'rollout.launch': '--launch',
};

/** Builds the unchecked event of a command line. Invalid numbers are added to `issues`. */
export function eventData(
  options: PromoteOptions,
  defaults: { promotionId: string; user: string },
  issues: Issue[],
): EventData {
  return withoutAbsent({
    runtime: options.runtime,
    tenants: readNames(options.tenants),
    expectedRevision: readCount(options.expectedRevision, '--expected-revision', issues),
    promotionId: options.promotionId ?? defaults.promotionId,
    promotedBy: options.by ?? defaults.user,
    reason: options.reason,
    rollout: rolloutOf(options, issues),
  });
}

/** Parses the event as the fan-out will. Its issues name the arguments of the command line. */
export function promoteRequest(unpinned: EventData, pinned: Pinned, issues: Issue[]): PromoteRequest | undefined {
  const data = withoutAbsent({ ...unpinned, ...pinned });
  const parsed = parsePromoteEvent(JSON.stringify(data));
  if (parsed.ok) return { data, event: { ...parsed.event, promotionId: String(unpinned.promotionId) } };
  issues.push(...parsed.issues.map(asArgumentIssue));
  return undefined;
}

/** Converts an issue of an event field into an issue of its argument. */
export function asArgumentIssue({ path, message }: Issue): Issue {
  const argument = ARGUMENTS[path] ?? (path.startsWith('tenants.') ? '--tenants' : path);
  const isAbsentDigest = argument === 'digest' && message === 'missing';
  return { path: argument, message: isAbsentDigest ? 'missing; `pincast digest FILE` prints it' : message };
}

function rolloutOf(options: PromoteOptions, issues: Issue[]): Record<string, unknown> | undefined {
  const maxFailures = readCount(options.maxFailures, '--max-failures', issues);
  const rollout = withoutAbsent({ launch: options.launch, maxFailures });
  return Object.keys(rollout).length > 0 ? rollout : undefined;
}

function withoutAbsent(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

export async function publishPromotion(order: PromoteRequest, messages: Messages): Promise<PublishedPromotion> {
  const { runtime, promotionId } = order.event;
  const advice = `; a retry with --promotion-id ${promotionId} is safe in both cases`;
  const messageId = await publish(messages, topics.pinPromoted, order.data, advice);
  return { runtime, promotionId, messageId, content: promotionFingerprint(order.event) };
}

/** The ids and the pin, by which a script finds the promotion. */
export function promotionSummary({ event }: PromoteRequest, { messageId }: PublishedPromotion) {
  const { promotionId, runtime, environmentTarUrl, environmentTarDigest } = event;
  return { messageId, promotionId, runtime, environmentTarUrl, environmentTarDigest };
}
