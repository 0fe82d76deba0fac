import type { Variant } from '../substitute.ts';

/** One process launches a tenant once; another does so only after that launch is over. */
export const launching: readonly Variant[] = [
  {
    name: 'claim-skipped',
    file: 'flows/launch/claim.ts',
    find: 'const written = await deps.assignments.write(claimed, free.expected);',
    replace: "const written = { generation: free.expected ?? '0' } as { generation: string } | 'conflict';",
  },
  {
    name: 'lost-claim-launched',
    file: 'flows/launch/claim.ts',
    find: "return written === 'conflict' ? 'conflict' : { ...free, claimed, expected: written.generation };",
    replace: "return { ...free, claimed, expected: written === 'conflict' ? '0' : written.generation };",
  },
  {
    name: 'claim-without-end',
    file: 'core/launch/claim.ts',
    find: 'return notAfter !== null && now.getTime() < Date.parse(notAfter);',
    replace: 'return notAfter !== null;',
  },
  {
    name: 'ambiguous-launch-repeated',
    file: 'flows/launch/launch-tenant.ts',
    find: "if (code === 'AMBIGUOUS') return { result: 'ambiguous', isSlotUsed: true };",
    replace: "if (code === 'AMBIGUOUS') return { result: 'pending', isSlotUsed: true, retry: launch };",
  },
  {
    name: 'takeover-without-looking',
    file: 'flows/adoption/run-evidence.ts',
    find: '? await deps.launcher.findLaunch(tenant.job, assignment.launchId, since)',
    replace: '? undefined',
  },
  {
    name: 'takeover-too-soon',
    file: 'flows/adoption/run-evidence.ts',
    find: 'if (assignment.launchId === null || !isClaimExpired(assignment, { policy, now: deps.clock.now() })) return undefined;',
    replace: 'if (assignment.launchId === null) return undefined;',
  },
  {
    name: 'writes-without-generation',
    file: 'google/storage/json-objects.ts',
    find: 'preconditionOpts: { ifGenerationMatch: expected },',
    replace: '',
  },
  {
    name: 'own-write-known-by-content',
    file: 'google/storage/json-objects.ts',
    find: 'const write = randomUUID();',
    replace: 'const write = text;',
  },
  {
    name: 'dead-rollout-waited-for',
    file: 'core/launch/contention.ts',
    find: 'Date.parse(startedAt) > since)',
    replace: 'Date.parse(startedAt) > 0 * since)',
  },
  {
    name: 'console-run-recorded-as-launch',
    file: 'core/adoption/evaluate.ts',
    find: 'return execution.launchId === assignment.launchId;',
    replace: 'return true;',
  },
];
