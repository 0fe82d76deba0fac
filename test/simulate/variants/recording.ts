import type { Variant } from '../substitute.ts';

/** A promotion is recorded once, or rejected once, before it is acknowledged. */
export const recording: readonly Variant[] = [
  {
    name: 'dedupe-skipped',
    file: 'core/promotion/decide.ts',
    find: 'if (known !== undefined) return decideKnown(known, event);',
    replace: '',
  },
  {
    name: 'lost-race-taken-for-won',
    file: 'google/storage/stores/ledger.ts',
    find: "=== 'exists' ? 'exists' : 'created',",
    replace: "=== 'exists' ? 'created' : 'created',",
  },
  {
    name: 'acknowledged-before-recorded',
    file: 'flows/promotion/handle-promotion.ts',
    find: 'await promote({ ...order, data: message.data, delivery: message }, faults, deps, policy);',
    replace:
      'await promote({ ...order, data: message.data, delivery: message }, faults, deps, policy).catch(() => undefined);',
  },
  {
    name: 'rejection-not-kept',
    file: 'flows/promotion/promote.ts',
    find: '    await reject(message, runtime, recorded.faults, deps);',
    replace: '',
  },
  {
    name: 'rejection-not-looked-up',
    file: 'google/storage/stores/rejections.ts',
    find: '(await byId.read(names.rejection(messageId)))?.value,',
    replace: "(await byId.read(names.rejection('0')))?.value,",
  },
  {
    name: 'replay-taken-for-new',
    file: 'core/messages/pubsub-message.ts',
    find: 'if (claimedId === undefined && claimedTime === undefined) return',
    replace: 'if (message) return',
  },
  {
    name: 'expected-revision-ignored',
    file: 'core/promotion/decide.ts',
    find: "if (issue !== undefined) return { kind: 'reject', issues: [issue] };",
    replace: '',
  },
  {
    name: 'digest-not-preflighted',
    file: 'flows/promotion/preflight.ts',
    find: 'if (actual === event.environmentTarDigest) return passed;',
    replace: 'if (actual) return passed;',
  },
  {
    name: 'revoked-promoted',
    file: 'flows/promotion/validate.ts',
    find: "guardRefusal(await fleet.guard(), '', digest) !== 'REVOKED'",
    replace: '(await fleet.guard()) !== undefined',
  },
  {
    name: 'unknown-tenant-promoted',
    file: 'flows/promotion/validate.ts',
    find: 'const unknown = tenants.filter(',
    replace: 'const unknown = tenants.slice(0, 0).filter(',
  },
  {
    name: 'ledger-never-listed-again',
    file: 'google/storage/stores/ledger.ts',
    find: 'const added = await objects.list(',
    replace: 'const added = known.newestRevision > 0 ? [] : await objects.list(',
  },
];
