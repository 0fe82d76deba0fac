import type { Variant } from '../substitute.ts';

/** A tenant is launched by one, once, and by whoever comes next only when that one is over. */
export const launching: readonly Variant[] = [
  {
    name: 'claim-skipped',
    file: 'flows/launch-claim.ts',
    find: 'const written = await deps.assignments.write(claimed, order.expected);',
    replace: "const written = { generation: order.expected ?? '0' } as { generation: string } | 'conflict';",
  },
  {
    name: 'lost-claim-launched',
    file: 'flows/launch-claim.ts',
    find: "  if (written === 'conflict') return 'conflict';\n  return { ...order, claimed, expected: written.generation };",
    replace: "  return { ...order, claimed, expected: written === 'conflict' ? '0' : written.generation };",
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
    find: "if (code === 'AMBIGUOUS') return { result: 'unknown', isSlotUsed: true };",
    replace: "if (code === 'AMBIGUOUS') return { result: 'waiting', isSlotUsed: true, again: order };",
  },
  {
    name: 'takeover-without-looking',
    file: 'flows/run-evidence.ts',
    find: '? await deps.launcher.findLaunch(tenant.job, assignment.launchId, since)',
    replace: '? undefined',
  },
  {
    name: 'takeover-too-soon',
    file: 'flows/run-evidence.ts',
    find: 'if (assignment.launchId === null || !isClaimOver(assignment, policy, deps.clock.now())) return undefined;',
    replace: 'if (assignment.launchId === null) return undefined;',
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
    name: 'dead-rollout-waited-for',
    file: 'core/live-rollout.ts',
    find: 'Date.parse(startedAt) > since)',
    replace: 'Date.parse(startedAt) > 0 * since)',
  },
  {
    name: 'console-run-recorded-as-launch',
    file: 'core/judge.ts',
    find: 'return execution.launchId === assignment.launchId;',
    replace: 'return true;',
  },
];
