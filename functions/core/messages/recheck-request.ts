import * as v from 'valibot';
import type { Issue } from '../values/issues.ts';
import { count, identifier, timestamp } from '../values/schemas.ts';
import { parseStrictJson } from '../values/strict-json.ts';

/** The data of a `fleet-recheck` message: a pass over every runtime, one runtime, or some of its tenants. */
export type RecheckRequest = {
  runtime?: string;
  tenants?: string[];
  relaunch: boolean;
  /** When the operator asked for the relaunch; absent: when the message was published. */
  requestedAt?: string;
  /** A recorded receipt asks: dropped where a reconcile of the runtime started after the message was published. */
  prompted?: boolean;
  /** Reconciles in a row that met conflicts and got nothing done. */
  conflicts?: number;
};

const schema = v.pipe(
  v.strictObject({
    runtime: v.optional(identifier),
    tenants: v.optional(v.pipe(v.array(identifier), v.minLength(1, 'names nobody'))),
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
