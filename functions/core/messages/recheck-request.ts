import * as v from 'valibot';
import type { Issue } from '../values/issues.ts';
import { count, identifier, timestamp } from '../values/schemas.ts';
import { parseStrictJson } from '../values/strict-json.ts';

/** The data of a `fleet-recheck` message: reconcile every runtime, one runtime, or some of its tenants. */
export type RecheckRequest = {
  runtime?: string;
  tenants?: string[];
  relaunch: boolean;
  /** When the operator requested the relaunch; absent: when the message was published. */
  requestedAt?: string;
  /** A recorded receipt caused the request. Dropped if a reconcile of the runtime started after it was published. */
  prompted?: boolean;
  /** Reconciles in a row with conflicts and without progress. */
  conflicts?: number;
};

const schema = v.pipe(
  v.strictObject({
    runtime: v.optional(identifier),
    tenants: v.optional(v.pipe(v.array(identifier), v.minLength(1, 'names no tenant'))),
    relaunch: v.optional(v.boolean(), false),
    requestedAt: v.optional(timestamp),
    prompted: v.optional(v.boolean()),
    conflicts: v.optional(count),
  }),
  v.check(({ runtime, tenants }) => tenants === undefined || runtime !== undefined, 'tenants need a runtime'),
  v.check(({ runtime, prompted }) => !prompted || runtime !== undefined, 'prompted needs a runtime'),
);

export function parseRecheckRequest(
  text: string,
): { ok: true; request: RecheckRequest } | { ok: false; issues: Issue[] } {
  const parsed = parseStrictJson(schema, text);
  return parsed.ok ? { ok: true, request: parsed.value } : parsed;
}
