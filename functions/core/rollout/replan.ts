import type { RetryPolicy } from '../launch/backoff.ts';
import { Ledger } from '../promotion/ledger.ts';
import type { Assignment } from '../records/assignment.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { Tenant } from '../records/tenant.ts';
import { type Action, reconcile } from './reconcile.ts';

/**
 * The launch that a tenant still needs after another process wrote its assignment; undefined if it needs none. Controls are
 * left to the launch gate.
 */
export function replanLaunch(
  { tenant, entry }: { tenant: Tenant; entry: LedgerEntry },
  stored: Assignment | undefined,
  policy: RetryPolicy,
  now: Date,
): Extract<Action, { kind: 'launch' }> | undefined {
  const { actions } = reconcile(
    {
      ledger: new Ledger([entry]),
      tenants: [tenant],
      selected: 'all',
      assignments: new Map(stored === undefined ? [] : [[tenant.tenant, stored]]),
      holds: new Set(),
      frozen: false,
      revokedDigests: new Set(),
      evidence: new Map(),
      relaunch: 'none',
      relaunchBefore: now,
    },
    policy,
    now,
  );
  return actions.find((action) => action.kind === 'launch');
}
