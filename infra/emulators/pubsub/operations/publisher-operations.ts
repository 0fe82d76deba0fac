import type { Message } from '../../grpc/service-definition.ts';
import { parseName, parseProject } from '../resources/names.ts';
import { page } from '../resources/paging.ts';
import { newTopic } from '../resources/topic-config.ts';
import { named, type Operation, text } from './operations.ts';
import { readMessage } from './wire.ts';

/** google.pubsub.v1.Publisher, as far as it is served. */
export const publisherOperations: Record<string, Operation> = {
  CreateTopic: {
    resource: named('name'),
    run(broker, request) {
      const topic = newTopic(request);
      broker.createTopic(topic);
      return topic;
    },
  },
  GetTopic: {
    resource: named('topic'),
    run(broker, request) {
      parseName('topics', text(request, 'topic'));
      return broker.topic(text(request, 'topic'));
    },
  },
  ListTopics: {
    resource: named('project'),
    run(broker, request) {
      const project = parseProject(text(request, 'project'));
      const topics = [...broker.topics.values()].filter(({ name }) => name.startsWith(`projects/${project}/`));
      const { items, nextPageToken } = page(topics, request);
      return { topics: items, nextPageToken };
    },
  },
  DeleteTopic: {
    resource: named('topic'),
    run(broker, request) {
      parseName('topics', text(request, 'topic'));
      broker.deleteTopic(text(request, 'topic'));
      return {};
    },
  },
  Publish: {
    resource: named('topic'),
    run(broker, request) {
      parseName('topics', text(request, 'topic'));
      const messages = (request.messages ?? []) as Message[];
      return { messageIds: broker.publish(text(request, 'topic'), messages.map(readMessage)) };
    },
  },
  ListTopicSubscriptions: {
    resource: named('topic'),
    run(broker, request) {
      const { name } = broker.topic(text(request, 'topic'));
      const configs = broker.subscriptionsOf(name).map(({ config }) => config);
      const { items, nextPageToken } = page(configs, request);
      return { subscriptions: items.map((config) => config.name), nextPageToken };
    },
  },
};
