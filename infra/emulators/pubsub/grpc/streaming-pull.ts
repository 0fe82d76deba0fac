import type { Message } from '../../grpc/service-definition.ts';
import type { Broker, LiveSubscription } from '../broker/broker.ts';
import { text, texts } from '../operations/operations.ts';
import { pulled } from '../operations/pull.ts';
import { receivedMessage } from '../operations/wire.ts';
import { bytesOf } from '../resources/publish-limits.ts';
import type { PubsubMessage } from '../resources/resources.ts';
import { asRpcError, RpcError } from '../resources/rpc-error.ts';

/** The server's side of one StreamingPull call. */
export type PullStream = {
  send(response: Message): void;
  fail(refusal: RpcError): void;
};

const BATCH = { messages: 1_000, bytes: 4_000_000 };

/** Zero or less means no limit. */
function limit(value: unknown): number {
  const number = Number(value ?? 0);
  return number > 0 ? number : Number.POSITIVE_INFINITY;
}

/** Sends a subscription's messages as they come, within the flow control that the client asked for. */
export class StreamingPull {
  readonly #broker: Broker;
  readonly #stream: PullStream;
  #live: LiveSubscription | undefined;
  #stopListening: () => void = () => {};
  #limits = { messages: 0, bytes: 0, deadlineSeconds: 10 };
  #outstanding = { messages: 0, bytes: 0 };

  constructor(broker: Broker, stream: PullStream) {
    this.#broker = broker;
    this.#stream = stream;
  }

  /** Takes one request of the client: the first opens the stream, later ones acknowledge and change deadlines. */
  receive(request: Message): void {
    try {
      if (this.#live) this.#settle(this.#live, request);
      else this.#open(request);
    } catch (error) {
      this.close();
      this.#stream.fail(asRpcError(error));
    }
  }

  /** Open deliveries stay open until their deadline. */
  close(): void {
    this.#stopListening();
  }

  #open(request: Message): void {
    const live = pulled(this.#broker.subscription(text(request, 'subscription')));
    const deadlineSeconds = Number(request.streamAckDeadlineSeconds ?? 0);
    if (deadlineSeconds < 10 || deadlineSeconds > 600) {
      throw new RpcError(
        'INVALID_ARGUMENT',
        `stream_ack_deadline_seconds is ${deadlineSeconds}; 10 to 600 are wanted.`,
      );
    }
    this.#live = live;
    const { maxOutstandingMessages, maxOutstandingBytes } = request;
    this.#limits = { messages: limit(maxOutstandingMessages), bytes: limit(maxOutstandingBytes), deadlineSeconds };
    this.#settle(live, request);
    const messageOrderingEnabled = live.config.enableMessageOrdering;
    this.#stream.send({ subscriptionProperties: { exactlyOnceDeliveryEnabled: false, messageOrderingEnabled } });
    this.#stopListening = live.queue.listen(() => this.#pump());
  }

  #settle({ config, queue }: LiveSubscription, request: Message): void {
    const { streamAckDeadlineSeconds, modifyDeadlineSeconds } = request;
    if (streamAckDeadlineSeconds) this.#limits.deadlineSeconds = Number(streamAckDeadlineSeconds);
    this.#broker.acknowledge(config.name, texts(request, 'ackIds'));
    const deadlines = (modifyDeadlineSeconds ?? []) as number[];
    texts(request, 'modifyDeadlineAckIds').forEach((ackId, index) => {
      queue.modifyDeadline(ackId, (deadlines[index] ?? 0) * 1000);
    });
  }

  #pump(): void {
    const live = this.#live;
    if (!live) return;
    if (this.#broker.subscriptions.get(live.config.name) === live) this.#deliver(live);
    else this.#end(live);
  }

  #deliver(live: LiveSubscription): void {
    const messages = Math.min(BATCH.messages, this.#limits.messages - this.#outstanding.messages);
    const bytes = Math.min(BATCH.bytes, this.#limits.bytes - this.#outstanding.bytes);
    if (messages <= 0 || bytes <= 0) return;
    const leaseMilliseconds = this.#limits.deadlineSeconds * 1000;
    const onEnd = (message: PubsubMessage) => this.#ended(message);
    const deliveries = live.queue.take({ messages, bytes, perKey: BATCH.messages, leaseMilliseconds, onEnd });
    if (deliveries.length === 0) return;
    for (const { message } of deliveries) {
      this.#outstanding.messages += 1;
      this.#outstanding.bytes += bytesOf(message);
    }
    this.#stream.send({ receivedMessages: deliveries.map((delivery) => receivedMessage(delivery, live)) });
    if (deliveries.length === messages || bytes === BATCH.bytes) live.queue.notify();
  }

  #ended(message: PubsubMessage): void {
    this.#outstanding.messages -= 1;
    this.#outstanding.bytes -= bytesOf(message);
    this.#live?.queue.notify();
  }

  #end({ config }: LiveSubscription): void {
    this.close();
    this.#stream.fail(new RpcError('NOT_FOUND', `Resource not found (resource=${config.name.split('/').at(-1)}).`));
  }
}
