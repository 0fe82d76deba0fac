/** google.protobuf.Duration as plain data. */
export type Duration = { seconds: string | number; nanos: number };

/** One published message; `publishTime` is in milliseconds since the epoch. */
export type PubsubMessage = {
  messageId: string;
  publishTime: number;
  data: Buffer;
  attributes: Record<string, string>;
  orderingKey: string;
};

/** The publisher's part of a message; the server sets the rest. */
export type NewMessage = Pick<PubsubMessage, 'data' | 'attributes' | 'orderingKey'>;

export type Topic = {
  name: string;
  labels: Record<string, string>;
  messageRetentionDuration: Duration | null;
  messageStoragePolicy: { allowedPersistenceRegions: string[] } | null;
};

export type PushConfig = {
  /** Empty: the subscription is pulled. */
  pushEndpoint: string;
  attributes: Record<string, string>;
  oidcToken: { serviceAccountEmail: string; audience: string } | null;
};

export type RetryPolicy = { minimumBackoff: Duration | null; maximumBackoff: Duration | null };

export type DeadLetterPolicy = { deadLetterTopic: string; maxDeliveryAttempts: number };

export type Subscription = {
  name: string;
  /** `_deleted-topic_` once its topic is gone. */
  topic: string;
  pushConfig: PushConfig;
  ackDeadlineSeconds: number;
  messageRetentionDuration: Duration;
  expirationPolicy: { ttl: Duration | null };
  labels: Record<string, string>;
  enableMessageOrdering: boolean;
  filter: string;
  retryPolicy: RetryPolicy | null;
  deadLetterPolicy: DeadLetterPolicy | null;
};

export const DELETED_TOPIC = '_deleted-topic_';

export function milliseconds(duration: Duration): number {
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

export function seconds(value: number): Duration {
  return { seconds: String(value), nanos: 0 };
}
