import type { Variant } from '../substitute.ts';

/** Tenants move only forward, and not against what operators have said. */
export const targets: readonly Variant[] = [
  {
    name: 'stale-event-applied',
    file: 'core/promotion/ledger.ts',
    find: '[...entries].sort((a, b) => comparePublishOrder(b, a));',
    replace: '[...entries].sort((a, b) => b.revision - a.revision);',
  },
  {
    name: 'brake-never-asked-again',
    file: 'flows/launch/gate.ts',
    find: 'this.#known = { ...controls, readAt };',
    replace: 'this.#known = { ...this.#known, readAt };',
  },
  {
    name: 'hold-ignored',
    file: 'google/storage/stores/fleet.ts',
    find: 'new Set(await listNames(names.holds(runtime)))',
    replace: "new Set((await listNames(names.holds(runtime))).map(() => 'absent'))",
  },
  {
    name: 'freeze-ignored',
    file: 'google/storage/stores/fleet.ts',
    find: "return frozen.includes('all') || frozen.includes(runtime);",
    replace: 'return frozen.length < 0;',
  },
  {
    name: 'launched-in-a-lockdown',
    file: 'flows/launch/freeze.ts',
    find: 'frozen: isFrozen || isLockedDown(guard, runtime),',
    replace: 'frozen: isFrozen || (guard === null && isLockedDown(guard, runtime)),',
  },
  {
    name: 'max-failures-ignored',
    file: 'core/rollout/wave-gate.ts',
    find: 'if (count > target.rollout.maxFailures) failed.add(target.revision);',
    replace: '',
  },
  {
    name: 'max-failures-not-asked-again',
    file: 'flows/launch/gate.ts',
    find: ' && !(isFirst && hasFailed(next, known));',
    replace: ' && (isFirst || next !== undefined);',
  },
  {
    name: 'revoked-launched',
    file: 'flows/launch/gate.ts',
    find: '!known.revokedDigests.has(digest) &&',
    replace: "digest !== ('' as string) &&",
  },
  {
    name: 'bad-object-stops-the-runtime',
    file: 'google/storage/record-collection.ts',
    find: '{ ...range, onCorrupt: ',
    replace: '{ ...range, onNothing: ',
  },
];
