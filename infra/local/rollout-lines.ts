import { styleText } from 'node:util';
import type { Adoption } from '../../functions/core/adoption.ts';
import { shortName } from '../../functions/core/execution.ts';
import type { FleetView, TenantView } from '../../functions/core/fleet-view.ts';
import { describeOutcome } from '../../functions/core/outcome.ts';

type Style = Parameters<typeof styleText>[0];

const STYLES: Partial<Record<Adoption, Style>> = {
  ADOPTED: 'green',
  REFUSED: 'red',
  FAILED: 'red',
  UNPROVEN: 'red',
  LAUNCHING: 'yellow',
  RUNNING: 'yellow',
};

/** One line about a tenant. What is coloured is padded first, so that the columns stay. */
export function tenantLine(tenant: TenantView, colour: boolean): string {
  const adoption = tenant.adoption.padEnd(10);
  const style = STYLES[tenant.adoption];
  return [
    tenant.tenant.padEnd(14),
    colour && style !== undefined ? styleText(style, adoption, { validateStream: false }) : adoption,
    describeOutcome(tenant.outcome).padEnd(14),
    tenant.execution === null ? '' : shortName(tenant.execution),
    tenant.adoption === 'ADOPTED' || tenant.reason === null ? '' : `${tenant.reason.code}: ${tenant.reason.message}`,
  ]
    .join('  ')
    .trimEnd();
}

/** `9 ADOPTED, 3 LAUNCHING`, worst first. */
export function countLine(view: FleetView): string {
  const counts = Map.groupBy(view.tenants, ({ adoption }) => adoption);
  return [...counts].map(([adoption, tenants]) => `${tenants.length} ${adoption}`).join(', ');
}

export function pinLine(view: FleetView): string {
  return `${view.runtime} revision ${view.revision ?? '-'} ${view.environmentTarDigest ?? ''} ${view.state}`;
}
