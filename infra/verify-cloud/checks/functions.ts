import type { Check } from '../check.ts';
import { differs, holdsIf } from '../verdict.ts';

const RUNTIME = 'nodejs24';

type Runtime = { name?: string; environment?: string; stage?: string };

export const functionChecks: readonly Check[] = [
  {
    id: 'functions-runtime',
    title: `Cloud Functions offers ${RUNTIME} in the region`,
    needs: ['google-apis'],
    creates: 'nothing',
    seconds: 60,
    async run({ cloud }) {
      const path = `/v2/projects/${cloud.project}/locations/${cloud.region}/runtimes?filter=name=${RUNTIME}`;
      const { runtimes = [] } = (await cloud.rest({ api: 'cloudfunctions', path })) as { runtimes?: Runtime[] };
      const found = runtimes.find(({ name, environment }) => name === RUNTIME && environment === 'GEN_2');
      if (found === undefined) return differs(`${runtimes.length} runtimes match, none is ${RUNTIME} of GEN_2`);
      return holdsIf(found.stage === 'GA', `${RUNTIME}, stage ${found.stage}`);
    },
  },
];
