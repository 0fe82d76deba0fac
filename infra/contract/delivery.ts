import { topics } from '#functions/core/messages/topics.ts';

/** The functions that Pub/Sub pushes to. */
export type MessageFunction = 'fanOut' | 'recheck' | 'receipt';

/** One topic, the function that receives its messages, and where undeliverable messages go. */
export type Delivery = {
  topic: string;
  subscription: string;
  to: MessageFunction;
  deadLetterTopic: string;
  /** Keeps the dead letters for an operator: a topic without a subscription loses its messages. */
  deadLetterSubscription: string;
};

export const deliveries: readonly Delivery[] = [
  delivery(topics.pinPromoted, 'fanOut'),
  delivery(topics.fleetRecheck, 'recheck'),
  delivery(topics.receiptWritten, 'receipt'),
];

/** The settings of every push subscription. */
export const pushSettings = {
  /** Pub/Sub waits this long for an answer; a function works for at most 540 s on one message. */
  ackDeadlineSeconds: 600,
  minimumBackoffSeconds: 1,
  maximumBackoffSeconds: 30,
  /** Then the dead-letter topic has the message. */
  maxDeliveryAttempts: 10,
} as const;

/** Cloud Storage's notification of each new receipt. */
export const receiptNotification = {
  topic: topics.receiptWritten,
  eventTypes: ['OBJECT_FINALIZE'],
  payloadFormat: 'JSON_API_V1',
} as const;

export function topicPath(project: string, topic: string): string {
  return `projects/${project}/topics/${topic}`;
}

/**
 * Where Pub/Sub pushes a topic's messages.
 *
 * functions-framework takes the topic from the path; without it the CloudEvent has a source without a topic.
 */
export function pushEndpoint(functionUrl: string, project: string, topic: string): string {
  return `${functionUrl}/${topicPath(project, topic)}`;
}

function delivery(topic: string, to: MessageFunction): Delivery {
  const deadLetterTopic = `${topic}-dead-letter`;
  return {
    topic,
    subscription: `${topic}-push`,
    to,
    deadLetterTopic,
    deadLetterSubscription: `${deadLetterTopic}-pull`,
  };
}
