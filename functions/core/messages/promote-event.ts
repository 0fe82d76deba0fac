import * as v from 'valibot';
import { defaultRolloutPolicy, launchMode, type RolloutPolicy } from '../records/rollout-policy.ts';
import { type Digest, parseDigest } from '../values/digest.ts';
import { type ObjectLocation, parseGsUrl } from '../values/gs-url.ts';
import { parseIdentifier, parseRuntime } from '../values/identifier.ts';
import { collectIssue, InvalidValueError, type Issue } from '../values/issues.ts';
import { type PublishOrder, parsePublishTime } from '../values/publish-time.ts';
import { describeValue, parseStrictJson } from '../values/strict-json.ts';
import type { PubsubMessage } from './pubsub-message.ts';

/** The parsed data of a `pin-promoted` message. `checkPromotion` checks it against the fleet, the guard and the object. */
export type PromoteEvent = {
  runtime: string;
  environmentTarUrl: string;
  /** The object that the URL names. */
  environment: ObjectLocation;
  environmentTarDigest: Digest;
  tenants?: string[];
  expectedRevision?: number;
  promotionId?: string;
  promotedBy?: string;
  reason?: string;
  rollout: RolloutPolicy;
};

export type ParsedPromoteEvent = { ok: true; event: PromoteEvent } | { ok: false; issues: Issue[] };

const runtime = checked(parseRuntime);
const identifier = checked(parseIdentifier);
const tarUrl = checked((url) => ({ url, environment: parseGsUrl(url) }));
const note = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));

const schema = v.strictObject({
  runtime,
  environmentTarUrl: tarUrl,
  environmentTarDigest: checked(parseDigest),
  tenants: v.optional(
    v.pipe(
      v.array(identifier),
      v.minLength(1, 'names no tenant; leave the field out to promote every tenant'),
      v.maxLength(10_000),
      v.check(
        (tenants) => duplicates(tenants).length === 0,
        ({ input }) => `names a tenant more than once: ${duplicates(input as string[]).join(', ')}`,
      ),
      v.transform((tenants) => [...tenants].sort()),
    ),
  ),
  expectedRevision: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  promotionId: v.optional(note(200)),
  promotedBy: v.optional(note(200)),
  reason: v.optional(note(1_000)),
  rollout: v.optional(
    v.strictObject({
      waves: v.optional(v.pipe(v.array(v.string()), v.check(isSingleWave, only('["100%"], all tenants in one wave,')))),
      soakSeconds: v.optional(v.literal(0, only('0, because all tenants are in one wave,'))),
      maxFailures: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
      launch: v.optional(launchMode),
      running: v.optional(v.literal('leave', only('"leave"'))),
    }),
  ),
});

const lenientSchema = v.object({
  runtime: v.fallback(v.optional(runtime), undefined),
  environmentTarUrl: v.fallback(v.optional(tarUrl), undefined),
  environmentTarDigest: v.fallback(v.optional(checked(parseDigest)), undefined),
  tenants: v.fallback(v.optional(v.array(identifier)), undefined),
});

/**
 * Parses the data of a `pin-promoted` message and returns every issue at once. Unknown fields are issues, because a typo
 * must not promote to more tenants.
 */
export function parsePromoteEvent(text: string): ParsedPromoteEvent {
  const parsed = parseStrictJson(schema, text);
  if (!parsed.ok) return parsed;
  const { rollout, environmentTarUrl, ...rest } = parsed.value;
  const { url, environment } = environmentTarUrl;
  const policy = { ...defaultRolloutPolicy, ...rollout };
  return { ok: true, event: { ...rest, environmentTarUrl: url, environment, rollout: policy } };
}

/** The fields that are checked against registry, guard and storage. An invalid event may lack some. */
export type DeclaredPromotion = Partial<
  Pick<PromoteEvent, 'runtime' | 'tenants' | 'environmentTarUrl' | 'environment' | 'environmentTarDigest'>
>;

/** The valid fields of an invalid event, so that their further issues are reported in the same rejection. */
export function parsePartially(text: string): DeclaredPromotion {
  try {
    const { environmentTarUrl: tar, ...rest } = v.parse(lenientSchema, JSON.parse(text));
    return tar === undefined ? rest : { ...rest, environmentTarUrl: tar.url, environment: tar.environment };
  } catch {
    return {};
  }
}

/** A parsed `pin-promoted` message. */
export type PromotionMessage = PublishOrder & {
  /** Its own id and time; a replayed dead letter claims those of its first delivery. */
  delivery: PublishOrder;
  data: string;
  /** Undefined if the message has issues. */
  event: PromoteEvent | undefined;
  /** The valid fields of the event. */
  declared: DeclaredPromotion;
  /** Of the text and of the claims. */
  issues: readonly Issue[];
};

export function parsePromotion(message: PubsubMessage): PromotionMessage {
  const { data, messageId, publishTime } = message;
  const { issues: claimIssues, ...order } = effectiveOrder(message);
  const parsed = parsePromoteEvent(data);
  const issues = [...claimIssues, ...(parsed.ok ? [] : parsed.issues)];
  const event = parsed.ok && issues.length === 0 ? parsed.event : undefined;
  const declared = parsed.ok ? parsed.event : parsePartially(data);
  return { ...order, delivery: { messageId, publishTime }, data, event, declared, issues };
}

/** Attributes by which a replayed dead letter keeps its first message id and publish time. */
const REPLAY_ATTRIBUTES = { messageId: 'originalMessageId', publishTime: 'originalPublishTime' } as const;

/**
 * The publish time that Pub/Sub adds to a dead letter. Pub/Sub adds no message id, so a replay with these attributes keeps
 * its order, but only a promotion id identifies it as the same promotion.
 */
const DEAD_LETTER_TIME = 'CloudPubSubDeadLetterSourceTopicPublishTime';

/** The message id and time that order the promotion. Attack: a claimed time after the real one would supersede later ones. */
function effectiveOrder(message: PubsubMessage): PublishOrder & { issues: Issue[] } {
  const { claimedId, claimedTime, path } = claimsOf(message);
  const real = { messageId: message.messageId, publishTime: message.publishTime };
  if (claimedId === undefined && claimedTime === undefined) return { ...real, issues: [] };
  const issues: Issue[] = [];
  const publishTime = collectIssue(issues, path, () => parsePublishTime(claimedTime ?? ''));
  if (publishTime !== undefined && publishTime > message.publishTime) {
    issues.push({
      path,
      message: `${publishTime} is later than the message itself, published at ${message.publishTime}`,
    });
  }
  if (!/^[\w-]{1,100}$/.test(claimedId ?? '')) {
    issues.push({
      path: REPLAY_ATTRIBUTES.messageId,
      message: `expected a message id, got ${JSON.stringify(claimedId)}`,
    });
  }
  if (issues.length > 0) return { ...real, issues };
  return { messageId: claimedId ?? '', publishTime: publishTime ?? '', issues };
}

type Claims = { claimedId: string | undefined; claimedTime: string | undefined; path: string };

function claimsOf({ attributes, messageId }: PubsubMessage): Claims {
  const claimedId = attributes[REPLAY_ATTRIBUTES.messageId];
  const claimedTime = attributes[REPLAY_ATTRIBUTES.publishTime];
  const deadLetterTime = attributes[DEAD_LETTER_TIME]?.replace(/\+00:00$/, 'Z');
  if (claimedId !== undefined || claimedTime !== undefined || deadLetterTime === undefined) {
    return { claimedId, claimedTime, path: REPLAY_ATTRIBUTES.publishTime };
  }
  return { claimedId: messageId, claimedTime: deadLetterTime, path: DEAD_LETTER_TIME };
}

function isSingleWave(waves: string[]): boolean {
  return waves.length === 1 && waves[0] === '100%';
}

function duplicates(tenants: readonly string[]): string[] {
  const seen = new Set<string>();
  return tenants.filter((tenant) => {
    const isDuplicate = seen.has(tenant);
    seen.add(tenant);
    return isDuplicate;
  });
}

/** The message for a value of the format that this version does not support. */
function only(available: string): (issue: v.BaseIssue<unknown>) => string {
  return ({ input }) => `only ${available} is available, got ${describeValue(input)}`;
}

function checked<T>(parse: (text: string) => T): v.GenericSchema<unknown, T> {
  return v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch (error) {
        if (!(error instanceof InvalidValueError)) throw error;
        addIssue({ message: error.message });
        return NEVER;
      }
    }),
  );
}
