import type { Message } from '../../grpc/service-definition.ts';
import { isAckId } from '../queue/delivery.ts';
import { parseName, parseProject } from '../resources/names.ts';
import { page } from '../resources/paging.ts';
import { newPushConfig } from '../resources/push-config.ts';
import { RpcError } from '../resources/rpc-error.ts';
import { newSubscription, updatedSubscription } from '../resources/subscription-config.ts';
import { named, type Operation, text, texts } from './operations.ts';
import { pull } from './pull.ts';
import { wireSubscription } from './wire.ts';

function checkDeadline(seconds: number): void {
  if (seconds >= 0 && seconds <= 600) return;
  throw new RpcError(
    'INVALID_ARGUMENT',
    `Invalid ack deadline given (deadline=${seconds}): 0 to 600 seconds are wanted.`,
  );
}

/** @throws RpcError INVALID_ARGUMENT for an ack id that this server never gave */
function ackIdsOf(request: Message): string[] {
  const ackIds = texts(request, 'ackIds');
  if (ackIds.length === 0) throw new RpcError('INVALID_ARGUMENT', 'No ack ids specified.');
  const foreign = ackIds.find((ackId) => !isAckId(ackId));
  if (foreign === undefined) return ackIds;
  throw new RpcError('INVALID_ARGUMENT', `You have passed an invalid ack ID to the service (ack_id=${foreign}).`);
}

/** google.pubsub.v1.Subscriber's unary methods, as far as they are served. */
export const subscriberOperations: Record<string, Operation> = {
  CreateSubscription: {
    resource: named('name'),
    run(broker, request) {
      const config = newSubscription(request);
      broker.createSubscription(config);
      return wireSubscription(config);
    },
  },
  GetSubscription: {
    resource: named('subscription'),
    run(broker, request) {
      parseName('subscriptions', text(request, 'subscription'));
      return wireSubscription(broker.subscription(text(request, 'subscription')).config);
    },
  },
  UpdateSubscription: {
    resource: (request) => text((request.subscription ?? {}) as Message, 'name'),
    run(broker, request) {
      const asked = (request.subscription ?? {}) as Message;
      const { config } = broker.subscription(text(asked, 'name'));
      const updated = updatedSubscription(config, asked, texts((request.updateMask ?? {}) as Message, 'paths'));
      broker.updateSubscription(updated);
      return wireSubscription(updated);
    },
  },
  ListSubscriptions: {
    resource: named('project'),
    run(broker, request) {
      const project = parseProject(text(request, 'project'));
      const configs = [...broker.subscriptions.values()].map(({ config }) => config);
      const own = configs.filter(({ name }) => name.startsWith(`projects/${project}/`));
      const { items, nextPageToken } = page(own, request);
      return { subscriptions: items.map(wireSubscription), nextPageToken };
    },
  },
  DeleteSubscription: {
    resource: named('subscription'),
    run(broker, request) {
      parseName('subscriptions', text(request, 'subscription'));
      broker.deleteSubscription(text(request, 'subscription'));
      return {};
    },
  },
  ModifyPushConfig: {
    resource: named('subscription'),
    run(broker, request) {
      const { config } = broker.subscription(text(request, 'subscription'));
      broker.updateSubscription({ ...config, pushConfig: newPushConfig(request.pushConfig as Message | null) });
      return {};
    },
  },
  Pull: {
    resource: named('subscription'),
    run: pull,
  },
  Acknowledge: {
    resource: named('subscription'),
    run(broker, request) {
      broker.acknowledge(text(request, 'subscription'), ackIdsOf(request));
      return {};
    },
  },
  ModifyAckDeadline: {
    resource: named('subscription'),
    run(broker, request) {
      const { queue } = broker.subscription(text(request, 'subscription'));
      const seconds = Number(request.ackDeadlineSeconds ?? 0);
      checkDeadline(seconds);
      for (const ackId of ackIdsOf(request)) queue.modifyDeadline(ackId, seconds * 1000);
      return {};
    },
  },
};
