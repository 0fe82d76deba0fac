import type { Variant } from './substitute.ts';

/** Mistakes that the simulator must catch. Each stands for a rule that the product rests on. */
export const variants: readonly Variant[] = [
  {
    name: 'claim-skipped',
    file: 'flows/launch-one.ts',
    find: 'const written = await deps.assignments.write(claimed, order.expected);',
    replace: "const written = { generation: order.expected ?? '0' } as { generation: string } | 'conflict';",
  },
  {
    name: 'lost-claim-launched',
    file: 'flows/launch-one.ts',
    find: "if (written === 'conflict') return 'lost';",
    replace: '',
  },
  {
    name: 'claim-without-end',
    file: 'core/claim.ts',
    find: 'return notAfter !== null && now.getTime() < Date.parse(notAfter);',
    replace: 'return notAfter !== null;',
  },
  {
    name: 'ambiguous-launch-repeated',
    file: 'flows/launch-one.ts',
    find: "result.code !== 'QUOTA') return result;",
    replace: "result.code === 'REJECTED') return result;",
  },
  {
    name: 'takeover-without-looking',
    file: 'flows/gather-evidence.ts',
    find: 'await deps.launcher.findLaunch(tenant.job, assignment.launchId, since);',
    replace: 'undefined as Execution | undefined;',
  },
  {
    name: 'takeover-too-soon',
    file: 'flows/gather-evidence.ts',
    find: 'if (assignment.launchId === null || !isClaimOver(assignment, policy, deps.clock.now())) return nothing;',
    replace: 'if (assignment.launchId === null) return nothing;',
  },
  {
    name: 'writes-without-generation',
    file: 'google/json-objects.ts',
    find: 'preconditionOpts: { ifGenerationMatch: expected },',
    replace: '',
  },
  {
    name: 'own-write-known-by-content',
    file: 'google/json-objects.ts',
    find: 'const write = randomUUID();',
    replace: 'const write = text;',
  },
  {
    name: 'limiter-per-process',
    file: 'google/storage-launch-quota.ts',
    find: `  return {
    maxRunning,
    reserve: async ({ project, region }, want, now) => {`,
    replace: `  let mine = empty;
  return {
    maxRunning,
    reserve: async ({ project, region }, want, now) => {
      const own = reserveLaunchTimes(mine, want, runsPerMinute, now);
      mine = own.next;
      if (mine !== null) return own;`,
  },
  {
    name: 'launch-times-never-lapse',
    file: 'core/launch-times.ts',
    find: 'return now.getTime() >= time + SPARE_MS;',
    replace: 'return now.getTime() < 0;',
  },
  {
    name: 'stale-event-applied',
    file: 'core/target.ts',
    find: '[...entries].sort((a, b) => comparePublishOrder(b, a));',
    replace: '[...entries].sort((a, b) => b.revision - a.revision);',
  },
  {
    name: 'brake-never-asked-again',
    file: 'flows/brake.ts',
    find: 'if (now - last.at > FRESH_MS) last',
    replace: 'if (now < 0) last',
  },
  {
    name: 'hold-ignored',
    file: 'google/storage-fleet.ts',
    find: '.map(({ name }) => baseName(name))),',
    replace: ".map(() => 'nobody')),",
  },
  {
    name: 'freeze-ignored',
    file: 'google/storage-fleet.ts',
    find: "return frozen.includes('all') || frozen.includes(runtime);",
    replace: 'return frozen.length < 0;',
  },
  {
    name: 'unproven-rounded-up',
    file: 'core/judge.ts',
    find: `        adoption: 'UNPROVEN',
        reason: { code: 'NO_RECEIPT'`,
    replace: `        adoption: 'ADOPTED',
        reason: { code: 'NO_RECEIPT'`,
  },
  {
    name: 'verdict-lowered-by-forgetting',
    file: 'core/judge.ts',
    find: '  if (isUnderWay(assignment)) {',
    replace: "  if (isUnderWay(assignment) || assignment.adoption === 'ADOPTED') {",
  },
  {
    name: 'verdict-tried-again-unasked',
    file: 'core/reconcile.ts',
    find: 'if (isVerdict(assignment.adoption)) return isAskedFor(assignment, fleet.relaunch);',
    replace: "if (assignment.adoption === 'ADOPTED') return false;",
  },
  {
    name: 'attempts-without-end',
    file: 'core/attempts.ts',
    find: 'if (assignment.launchAttempt >= policy.maxAttempts)',
    replace: 'if (assignment.launchAttempt < 0)',
  },
  {
    name: 'receipt-execution-unchecked',
    file: 'core/receipt-validity.ts',
    find: 'if (launched === name) return',
    replace: 'if (name) return',
  },
  {
    name: 'old-console-run-adopts',
    file: 'core/receipt-validity.ts',
    find: 'return Date.parse(execution.createdAt) > Date.parse(assignment.assignedAt)',
    replace: 'return Date.parse(execution.createdAt) > 0',
  },
  {
    name: 'late-receipt-trusted',
    file: 'core/receipt-validity.ts',
    find: '?? whyLate(filed.receipt, context)',
    replace: '',
  },
  {
    name: 'superseded-sandbox-runs',
    file: 'core/sandbox/agreement.ts',
    find: 'if (claims.launchId === null || claims.launchId === assignment.launchId) return;',
    replace: 'if (claims.launchId !== assignment.runtime) return;',
  },
  {
    name: 'assignment-not-asked-again',
    file: 'flows/sandbox/run-sandbox.ts',
    find: 'await abortable(deps.interruption, confirmPin(options.mode, pin, deps.records));',
    replace: '',
  },
  {
    name: 'lockdown-ignored',
    file: 'core/sandbox/agreement.ts',
    find: "if (refusal === 'LOCKED_DOWN') throw",
    replace: "if (refusal === 'LOCKED_DOWN' && digest === runtime) throw",
  },
  {
    name: 'revocation-ignored',
    file: 'core/guard.ts',
    find: "if (guard.revokedDigests.includes(pinned)) return 'REVOKED';",
    replace: '',
  },
  {
    name: 'digest-not-compared',
    file: 'core/archive/verified-archive.ts',
    find: 'if (archive.digest !== expected) {',
    replace: 'if (archive.bytes < 0) {',
  },
  {
    name: 'run-without-receipt',
    file: 'flows/sandbox/run-sandbox.ts',
    find: "await abortable(deps.interruption, leaveReceipt('adopted'));",
    replace: '',
  },
  {
    name: 'dedupe-skipped',
    file: 'core/record-promotion.ts',
    find: 'if (known !== undefined) return decideKnown(known, event);',
    replace: '',
  },
  {
    name: 'lost-race-taken-for-won',
    file: 'google/storage-pins.ts',
    find: "=== 'exists' ? 'exists' : 'created',",
    replace: "=== 'exists' ? 'created' : 'created',",
  },
  {
    name: 'acknowledged-before-recorded',
    file: 'flows/on-promotion.ts',
    find: 'await promote({ ...order, data: message.data }, faults, deps, policy);',
    replace: 'await promote({ ...order, data: message.data }, faults, deps, policy).catch(() => undefined);',
  },
  {
    name: 'rejection-not-kept',
    file: 'flows/promote.ts',
    find: '    await reject(message, recorded.faults, deps);',
    replace: '',
  },
  {
    name: 'rejection-not-looked-up',
    file: 'google/storage-rejections.ts',
    find: 'return stored && parseRecord(rejectionSchema, stored.value, name);',
    replace: 'return undefined;',
  },
  {
    name: 'replay-taken-for-new',
    file: 'core/pubsub-message.ts',
    find: 'if (claimedId === undefined && claimedTime === undefined) return',
    replace: 'if (message) return',
  },
];
