import type { Variant } from '../substitute.ts';

/** A sandbox runs only what is pinned, allowed and verified, and says so first. */
export const sandbox: readonly Variant[] = [
  {
    name: 'superseded-sandbox-runs',
    file: 'core/sandbox/agreement.ts',
    find: 'if (claims.launchId === null || claims.launchId === assignment.launchId) return;',
    replace: 'if (claims.launchId !== assignment.runtime) return;',
  },
  {
    name: 'assignment-not-asked-again',
    file: 'flows/sandbox/run.ts',
    find: 'await abortable(deps.shutdownSignal, confirmPin(pin, run));',
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
    file: 'core/records/guard.ts',
    find: 'if (guard.revokedDigests.includes(pinned)) return REVOKED;',
    replace: '',
  },
  {
    name: 'digest-not-compared',
    file: 'core/sandbox/archive/verified-archive.ts',
    find: 'if (archive.digest !== expected) {',
    replace: 'if (archive.bytes < 0) {',
  },
  {
    name: 'run-without-receipt',
    file: 'flows/sandbox/run.ts',
    find: "await abortable(deps.shutdownSignal, leaveReceipt('adopted', run));",
    replace: '',
  },
  {
    name: 'task-retry-runs',
    file: 'flows/sandbox/run.ts',
    find: "if (mode.kind === 'direct' || mode.task.attempt === 0) return;",
    replace: "if (mode.kind === 'direct' || mode.task.attempt >= 0) return;",
  },
];
