import type { TenantView } from '../../core/status/tenant-view.ts';
import { executionId } from '../../core/values/execution.ts';
import { describeOutcome } from '../../core/values/outcome.ts';
import { adoptionStyle, outcomeStyle } from './adoption-style.ts';
import type { Output } from './output.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { describeAge, listNames, sanitizeForTerminal, wrapText } from './text.ts';

const COLUMNS: readonly Column[] = [
  { title: 'TENANT' },
  { title: 'ADOPTION' },
  { title: 'OUTCOME' },
  { title: 'REVISION' },
  { title: 'PROVEN', drop: 2 },
  { title: 'EXECUTION', drop: 3 },
  { title: 'ATTEMPT', right: true, drop: 4 },
  { title: 'AGE', right: true, drop: 1 },
];
const REASON: Column = { title: 'REASON' };

const DIGEST_DIGITS = 12;
const MOST_NAMES = 40;

type Row = TenantView & { supersededBy?: number | null };

/**
 * One line for each tenant, in the given order. In a pipe a line includes the reason, so that `grep` finds both. A terminal
 * is too narrow for reasons: each follows the table once, with the tenants that share it.
 */
export function fleetTable(tenants: readonly Row[], now: Date, output: Output): string[] {
  const rows = tenants.map((tenant): Cell[] => [
    tenant.tenant,
    { text: tenant.adoption, style: adoptionStyle(tenant.adoption) },
    tenant.outcome === null ? '' : { text: describeOutcome(tenant.outcome), style: outcomeStyle(tenant.outcome) },
    describeMove(tenant),
    shortDigest(tenant.digest),
    tenant.execution === null ? '' : sanitizeForTerminal(executionId(tenant.execution)),
    tenant.launchAttempt === 0 ? '' : String(tenant.launchAttempt),
    describeAge(tenant.updatedAt, now),
    describeReason(tenant),
  ]);
  if (output.columns === undefined) return renderTable([...COLUMNS, REASON], rows, output);
  return [...renderTable(COLUMNS, rows, output), ...reasonLines(tenants, output)];
}

/** Each reason once, wrapped and complete, with the tenants that share it. */
function reasonLines(tenants: readonly Row[], { columns }: Output): string[] {
  const byReason = Map.groupBy(tenants, describeReason);
  byReason.delete('');
  return [...byReason].flatMap(([reason, sharing]) => [
    '',
    ...wrapText(reason, columns),
    ...wrapText(namesOf(sharing.map(({ tenant }) => tenant)), columns, '  '),
  ]);
}

/** `3 tenants: acme, globex, initech`; at most MOST_NAMES are named. */
function namesOf(names: readonly string[]): string {
  const count = names.length === 1 ? '1 tenant' : `${names.length} tenants`;
  return `${count}: ${listNames(names, MOST_NAMES)}`;
}

/** `4→5` while the revision differs from the target; `5` once they are equal. */
function describeMove({ revision, target }: TenantView): string {
  if (target === null) return revision === null ? '' : String(revision);
  return revision === target ? String(target) : `${revision ?? '-'}→${target}`;
}

/** The first 12 hex digits, enough to tell environments apart. */
export function shortDigest(digest: string | null): string {
  return digest === null ? '' : digest.slice('sha256:'.length, 'sha256:'.length + DIGEST_DIGITS);
}

function describeReason({ reason, supersededBy }: Row): string {
  const superseded = supersededBy == null ? [] : [`superseded by revision ${supersededBy}`];
  return [
    ...superseded,
    ...(reason === null ? [] : [`${sanitizeForTerminal(reason.code)}: ${sanitizeForTerminal(reason.message)}`]),
  ].join('; ');
}
