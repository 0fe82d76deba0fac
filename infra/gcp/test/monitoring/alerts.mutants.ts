import type { Mutations } from '../mutants/mutants.ts';

export const mutations: Mutations = {
  'gcp/resources/monitoring/alerts.ts': [
    {
      mistake: 'an alert reaches no channel',
      find: 'notificationChannels: [...notificationChannels],',
      replace: '',
      title: 'fires at the first report of a HALTED rollout',
    },
  ],
  'contract/alerts.ts': [
    {
      mistake: 'a silent recheck alerts after a day',
      find: 'forSeconds: 15 * MINUTE }',
      replace: 'forSeconds: 24 * HOUR }',
      title: 'fires when no recheck has read a fleet',
    },
    {
      mistake: 'the alert of dead letters watches the push subscriptions',
      find: 'deliveries.map(({ deadLetterSubscription }) => deadLetterSubscription)',
      replace: 'deliveries.map(({ subscription }) => subscription)',
      title: 'fires at the first message in any dead-letter subscription',
    },
  ],
};
