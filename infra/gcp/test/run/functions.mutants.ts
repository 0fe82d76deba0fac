import type { Mutations } from '../mutants/mutants.ts';

export const mutations: Mutations = {
  'gcp/resources/run/functions.ts': [
    {
      mistake: 'a changed source is written, and deleted by its name',
      find: ', deleteBeforeReplace: true',
      replace: '',
      title: 'deletes the old source of fan-out',
    },
    {
      mistake: 'old images take the deployed one along',
      find: "      { id: 'keep-newest', action: 'KEEP', mostRecentVersions: { keepCount: IMAGES.kept } },\n",
      replace: '',
      title: 'deletes images after 30 days',
    },
    {
      mistake: 'everyone reaches the functions that Pub/Sub pushes to',
      find: "input.statusIngress : 'ALLOW_INTERNAL_ONLY'",
      replace: "input.statusIngress : 'ALLOW_ALL'",
      title: 'lets only internal calls reach',
    },
    {
      mistake: 'a function has the default account of the project',
      find: 'serviceAccountEmail: deployment.identities[name],',
      replace: '',
      title: 'runs fan-out as its own account',
    },
    {
      mistake: 'a function is still working when Pub/Sub delivers again',
      find: 'const MESSAGE_SECONDS = 540;',
      replace: 'const MESSAGE_SECONDS = 900;',
      title: 'stops fan-out before Pub/Sub delivers again',
    },
    {
      mistake: 'errors show stack traces',
      find: "NODE_ENV: 'production', ",
      replace: '',
      title: 'gives fan-out a configuration that the code accepts',
    },
  ],
  'contract/function-env.ts': [
    {
      mistake: 'a required variable is missing',
      find: 'PINCAST_RECEIPTS_BUCKET: buckets.receipts,',
      replace: '',
      title: 'gives fan-out a configuration that the code accepts',
    },
  ],
};
