import { afterAll, beforeAll, type TestContext, test } from 'vitest';
import { type Connection, connect } from '../pubsub-client.ts';

/**
 * Where Google's emulator does something else than Google's service does. The embedded server follows the service. The
 * tests expect each of these differences to be there: one that has gone has to leave this table.
 */
const EMULATOR_DIFFERS = {
  limits: 'checks neither the size of a message nor its attributes',
  'subscriptions of no topic': 'lists the subscriptions of a topic that does not exist',
  'short deadline': 'accepts ack deadlines below 10 s',
  filter: 'delivers what a filter excludes, and accepts any text as one',
  'flow control': 'sends a stream more messages than it asked for',
  deletion: 'lets a pull wait on after its subscription is deleted',
  'push envelope': 'leaves orderingKey and deliveryAttempt out of what it pushes',
  eventarc: 'pushes no CloudEvent where the URL asks for one',
  oidc: 'sends no token',
  'pull of a push subscription': 'answers it',
  'first backoff': 'waits about a second before the first redelivery, whatever the retry policy says',
  'push backoff': 'redelivers about every second where there is no retry policy',
  'dead-letter time': 'writes the original publish time with a Z, where the service writes +00:00',
  'unknown names in JSON': 'refuses them without saying which',
  seek: 'implements more methods than the product calls',
} as const;

type Difference = keyof typeof EMULATOR_DIFFERS;

export type Subject = {
  title: string;
  /** Whether the table above is about this one. */
  differs: boolean;
  start: () => Promise<{ endpoint: string; close(): Promise<void> }>;
};

type GivenMessage = { data?: Buffer; attributes?: Record<string, string>; orderingKey?: string };

/** What the tests of every area work with; `the` connection is there once a test runs. */
export type Contract = {
  the: Connection;
  publish(topic: string, messages: GivenMessage[]): Promise<string[]>;
  nack(subscription: string, ackId: string): Promise<void>;
  /** A test that the emulator is known, and expected, to fail. */
  unless(difference: Difference, title: string, body: (context: TestContext) => Promise<void>): void;
};

export const invalid = { code: 3 };
export const notFound = { code: 5 };
export const alreadyExists = { code: 6 };

/** Retrying would hide what was answered first. */
export const onlyOnce = { retry: { retryCodes: [], backoffSettings: undefined as never } };

/** Starts the subject before the tests of the surrounding describe and stops it after them. */
export function openContract(subject: Subject): Contract {
  let server: Awaited<ReturnType<Subject['start']>> | undefined;
  const contract: Contract = {
    the: undefined as unknown as Connection,
    async publish(topic, messages) {
      const [{ messageIds }] = await contract.the.publisher.publish(
        { topic: contract.the.topicPath(topic), messages },
        onlyOnce,
      );
      return messageIds ?? [];
    },
    async nack(name, ackId) {
      const subscription = contract.the.subscriptionPath(name);
      await contract.the.subscriber.modifyAckDeadline({ subscription, ackIds: [ackId], ackDeadlineSeconds: 0 });
    },
    unless(difference, title, body) {
      if (subject.differs) test.fails(`${title} [known difference: it ${EMULATOR_DIFFERS[difference]}]`, body);
      else test(title, body);
    },
  };
  beforeAll(async () => {
    server = await subject.start();
    contract.the = connect(server.endpoint);
  });
  afterAll(async () => {
    await contract.the?.close();
    await server?.close();
  });
  return contract;
}
