import type { Mutations } from '../mutants/mutants.ts';

export const mutations: Mutations = {
  'gcp/resources/delivery/topics.ts': [
    {
      mistake: 'a push subscription has no dead letter',
      find: 'deadLetterPolicy: { deadLetterTopic: found(topics, deadLetterTopic).id, maxDeliveryAttempts },',
      replace: '',
      title: 'pushes pin-promoted to the function fan-out',
    },
    {
      mistake: 'a dead-letter topic has no subscription and loses its messages',
      find: '[delivery.deadLetterSubscription, deadLetterSubscription(delivery, deployment, handles)] as const,',
      replace: '',
      title: 'keeps the dead letters of pin-promoted',
    },
    {
      mistake: 'a push carries no token',
      find: 'oidcToken: { serviceAccountEmail: identities.push, audience: url },',
      replace: '',
      title: 'pushes pin-promoted to the function fan-out',
    },
    {
      mistake: 'a subscription expires after 31 idle days',
      find: "const NEVER = { ttl: '' };",
      replace: "const NEVER = { ttl: '2678400s' };",
      title: 'pushes pin-promoted to the function fan-out',
    },
  ],
  'contract/delivery.ts': [
    {
      mistake: 'Pub/Sub delivers again after 10 s',
      find: 'ackDeadlineSeconds: 600',
      replace: 'ackDeadlineSeconds: 10',
      title: 'pushes pin-promoted to the function fan-out',
    },
    {
      mistake: 'the notification says nothing about the receipt',
      find: "payloadFormat: 'JSON_API_V1'",
      replace: "payloadFormat: 'NONE'",
      title: 'publishes each new receipt, with its metadata',
    },
    {
      mistake: 'the path of a push names no topic',
      find: 'topicPath(project, topic)}`;',
      replace: 'topic}`;',
      title: 'pushes pin-promoted to the function fan-out',
    },
  ],
};
