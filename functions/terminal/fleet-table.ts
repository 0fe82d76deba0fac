import { shortName } from '../core/execution.ts';
import type { TenantView } from '../core/fleet-view.ts';
import { describeOutcome, type Outcome } from '../core/outcome.ts';
import { adoptionStyle } from './adoption-style.ts';
import { describeAge } from './describe-age.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import { type Cell, type Column, renderTable } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'TENANT' },
  { title: 'ADOPTION' },
  { title: 'OUTCOME' },
  { title: 'REVISION' },
  { title: 'PROVEN' },
  { title: 'EXECUTION' },
  { title: 'ATTEMPT', right: true },
  { title: 'AGE', right: true },
  { title: 'REASON' },
];

const DIGEST_DIGITS = 12;

type Row = TenantView & { supersededBy?: number | null };

/** A line a tenant, in the order given. */
export function fleetTable(tenants: readonly Row[], now: Date, output: Output): string[] {
  const rows = tenants.map((tenant): Cell[] => [
    tenant.tenant,
    { text: tenant.adoption, style: adoptionStyle(tenant.adoption) },
    outcomeCell(tenant.outcome),
    describeMove(tenant),
    shortDigest(tenant.digest),
    tenant.execution === null ? '' : printable(shortName(tenant.execution)),
    tenant.launchAttempt === 0 ? '' : String(tenant.launchAttempt),
    describeAge(tenant.updatedAt, now),
    describeReason(tenant),
  ]);
  return renderTable(COLUMNS, rows, output);
}

function outcomeCell(outcome: Outcome | null): Cell {
  const text = describeOutcome(outcome);
  return outcome?.state === 'FAILED' || outcome?.state === 'CANCELLED' ? { text, style: 'red' } : text;
}

/** `4→5` while it is not where it should end; `5` when it is. */
function describeMove({ revision, target }: TenantView): string {
  if (target === null) return revision === null ? '' : String(revision);
  return revision === target ? String(target) : `${revision ?? '-'}→${target}`;
}

/** As much of a digest as tells environments apart. */
export function shortDigest(digest: string | null): string {
  return digest === null ? '' : digest.slice('sha256:'.length, 'sha256:'.length + DIGEST_DIGITS);
}

function describeReason({ reason, supersededBy }: Row): string {
  const superseded = supersededBy == null ? [] : [`superseded by revision ${supersededBy}`];
  return [...superseded, ...(reason === null ? [] : [`${printable(reason.code)}: ${printable(reason.message)}`])].join(
    '; ',
  );
}
