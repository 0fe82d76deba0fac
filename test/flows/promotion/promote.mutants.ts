import type { Mutation } from '../../simulate/mutants.ts';

/** A promotion or its rejection is stored before the message is acknowledged. */
export const mutations: readonly Mutation[] = [
  {
    name: 'rejection-not-kept',
    find: '    await reject(message, runtime, recorded.issues, deps);',
    replace: '',
  },
  {
    name: 'acknowledged-before-recorded',
    find: 'await promote({ ...order, data: message.data, delivery: message }, issues, deps, policy);',
    replace:
      'await promote({ ...order, data: message.data, delivery: message }, issues, deps, policy).catch(() => undefined);',
  },
];
