import type { Mutation } from '../../simulate/mutants.ts';

/** A promotion or its rejection is stored before the message is acknowledged. */
export const mutations: readonly Mutation[] = [
  {
    name: 'rejection-not-kept',
    find: '  await reject(recorded, promotion, deps);',
    replace: '',
  },
  {
    name: 'acknowledged-before-recorded',
    find: 'await promote(parsePromotion(message), deps, recordPolicy(config));',
    replace: 'await promote(parsePromotion(message), deps, recordPolicy(config)).catch(() => undefined);',
  },
];
