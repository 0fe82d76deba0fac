import type { Message } from '../../grpc/service-definition.ts';
import { parseFilter } from './filter.ts';
import { parseName } from './names.ts';
import { newPushConfig } from './push-config.ts';
import {
  type DeadLetterPolicy,
  type Duration,
  milliseconds,
  type RetryPolicy,
  type Subscription,
  seconds,
} from './resources.ts';
import { RpcError } from './rpc-error.ts';
import { refuseUnsupported } from './unsupported.ts';

const UNSUPPORTED = [
  'bigqueryConfig',
  'cloudStorageConfig',
  'bigtableConfig',
  'enableExactlyOnceDelivery',
  'retainAckedMessages',
  'messageTransforms',
  'tags',
];
const DAY = 86_400;

function invalid(reason: string): never {
  throw new RpcError('INVALID_ARGUMENT', reason);
}

function ackDeadline(asked: number | undefined): number {
  if (!asked) return 10;
  if (asked >= 10 && asked <= 600) return asked;
  return invalid(`Invalid ack deadline given (deadline=${asked}): 10 to 600 seconds are wanted.`);
}

function retention(asked: Duration | null | undefined): Duration {
  if (!asked) return seconds(7 * DAY);
  const value = milliseconds(asked) / 1000;
  if (value >= 600 && value <= 31 * DAY) return asked;
  return invalid(`The message retention is ${value} s; 10 minutes to 31 days are wanted.`);
}

function retryPolicy(asked: RetryPolicy | null | undefined): RetryPolicy | null {
  if (!asked) return null;
  const minimumBackoff = asked.minimumBackoff ?? seconds(10);
  const maximumBackoff = asked.maximumBackoff ?? seconds(600);
  const [minimum, maximum] = [milliseconds(minimumBackoff), milliseconds(maximumBackoff)];
  if (minimum >= 0 && minimum <= maximum && maximum <= 600_000) return { minimumBackoff, maximumBackoff };
  return invalid(`The retry policy backs off ${minimum} to ${maximum} ms; wanted 0 <= minimum <= maximum <= 600 s.`);
}

function deadLetterPolicy(asked: DeadLetterPolicy | null | undefined): DeadLetterPolicy | null {
  if (!asked?.deadLetterTopic) return null;
  parseName('topics', asked.deadLetterTopic);
  const maxDeliveryAttempts = asked.maxDeliveryAttempts || 5;
  const { deadLetterTopic } = asked;
  if (maxDeliveryAttempts >= 5 && maxDeliveryAttempts <= 100) return { deadLetterTopic, maxDeliveryAttempts };
  const got = `You passed ${maxDeliveryAttempts} in the request, but the value must be between 5 and 100.`;
  throw new RpcError('OUT_OF_RANGE', `The value for max_delivery_attempts is out of bounds. ${got}`);
}

/**
 * What CreateSubscription asks for, with Google's defaults filled in. That the topics exist is the broker's to check.
 *
 * @throws RpcError INVALID_ARGUMENT or UNIMPLEMENTED, naming the field
 */
export function newSubscription(request: Message): Subscription {
  const asked = request as unknown as Partial<Subscription>;
  parseName('subscriptions', asked.name ?? '');
  parseName('topics', asked.topic ?? '');
  refuseUnsupported('a subscription', request, UNSUPPORTED);
  parseFilter(asked.filter ?? '');
  return {
    name: asked.name ?? '',
    topic: asked.topic ?? '',
    pushConfig: newPushConfig(request.pushConfig as Message | null),
    ackDeadlineSeconds: ackDeadline(asked.ackDeadlineSeconds),
    messageRetentionDuration: retention(asked.messageRetentionDuration),
    expirationPolicy: { ttl: asked.expirationPolicy ? asked.expirationPolicy.ttl : seconds(31 * DAY) },
    labels: asked.labels ?? {},
    enableMessageOrdering: asked.enableMessageOrdering ?? false,
    filter: asked.filter ?? '',
    retryPolicy: retryPolicy(asked.retryPolicy),
    deadLetterPolicy: deadLetterPolicy(asked.deadLetterPolicy),
  };
}

/** The fields that UpdateSubscription may change, by the path that an update mask names them with. */
const UPDATABLE: Record<string, keyof Subscription> = {
  push_config: 'pushConfig',
  ack_deadline_seconds: 'ackDeadlineSeconds',
  message_retention_duration: 'messageRetentionDuration',
  expiration_policy: 'expirationPolicy',
  labels: 'labels',
  retry_policy: 'retryPolicy',
  dead_letter_policy: 'deadLetterPolicy',
};

/**
 * The subscription after an update of the fields that the mask names; the others stay.
 *
 * @throws RpcError INVALID_ARGUMENT for an empty mask, an unknown or an immutable field, or a bad value
 */
export function updatedSubscription(current: Subscription, request: Message, paths: readonly string[]): Subscription {
  if (paths.length === 0) invalid('The update_mask must be set, and must contain a non-empty paths list.');
  const fields = paths.map((path) => UPDATABLE[path] ?? invalid(`Invalid update_mask: ${path} cannot be updated.`));
  const picked = Object.fromEntries(fields.map((field) => [field, request[field]]));
  return newUpdated(current, picked);
}

/** A deleted topic is not a valid name, so it is left out of the validation and put back. */
function newUpdated(current: Subscription, picked: Message): Subscription {
  const validated = newSubscription({ ...current, ...picked, topic: 'projects/any/topics/any' });
  return { ...validated, topic: current.topic };
}
