import { hasPassed } from '../../core/rollout/wave-gate.ts';
import type { RolloutView } from '../../core/status/rollout-status.ts';
import type { TenantView } from '../../core/status/tenant-view.ts';
import { describeOutcome } from '../../core/values/outcome.ts';
import type { Reason } from '../../core/values/reason.ts';
import { type RuntimeStatus, readFleetStatus } from '../../flows/status/fleet-status.ts';
import { CliError, exitCodes } from '../errors.ts';
import type { OperatorCloud } from '../target/connect.ts';
import { adoptionStyle, outcomeStyle } from './adoption-style.ts';
import type { Output } from './output.ts';
import { describePromotion } from './rollout.ts';
import { describeAge, sanitizeForTerminal, wrapText } from './text.ts';

/** One tenant of one runtime, with the rollout of its target. */
export type TenantStatus = TenantView & { runtime: string; rollout: RolloutView | null };

/** Reads the tenant in each runtime that has it. @throws CliError unavailable if its assignment is unreadable. */
export async function readTenant(name: string, cloud: OperatorCloud): Promise<TenantStatus[]> {
  const runtimes = await cloud.fleet.runtimes();
  const registered = await Promise.all(runtimes.map((runtime) => cloud.fleet.tenant(runtime, name)));
  const owners = registered.filter((tenant) => tenant !== undefined).map(({ runtime }) => runtime);
  const views = await Promise.all(owners.map((runtime) => readFleetStatus(runtime, cloud)));
  return views.filter((view) => view !== undefined).map((view) => tenantOf(name, view));
}

function tenantOf(name: string, { runtime, tenants, rollouts, unreadable }: RuntimeStatus): TenantStatus {
  const tenant = tenants.find((candidate) => candidate.tenant === name);
  if (tenant === undefined) {
    const message = `${name} is a tenant of ${runtime}, and its assignment cannot be read`;
    const issues = unreadable.map(({ object, why }) => ({ path: object, message: why }));
    throw new CliError(exitCodes.unavailable, message, issues);
  }
  return { runtime, ...tenant, rollout: rollouts.find(({ revision }) => revision === tenant.target) ?? null };
}

export function isTenantWell(tenant: TenantStatus): boolean {
  return tenant.target !== null && tenant.revision === tenant.target && hasPassed(tenant);
}

/** Describes each tenant, one fact a line; reasons are wrapped and complete. */
export function tenantLines(tenants: readonly TenantStatus[], now: Date, output: Output): string[] {
  return tenants.flatMap((tenant, index) => [...(index === 0 ? [] : ['']), ...linesOf(tenant, now, output)]);
}

function linesOf(tenant: TenantStatus, now: Date, { paint, columns }: Output): string[] {
  const { outcome, reason, execution } = tenant;
  return [
    `${paint('bold', tenant.tenant)} is a tenant of ${paint('bold', tenant.runtime)}`,
    ...targetLines(tenant, now),
    line('assigned', describeAssigned(tenant, now)),
    line('adoption', `${paint(adoptionStyle(tenant.adoption), tenant.adoption)}${describeAttempt(tenant)}`),
    line('outcome', outcome === null ? 'unknown' : paint(outcomeStyle(outcome), describeOutcome(outcome))),
    ...(reason === null ? [] : reasonLines(reason, columns)),
    line('execution', execution === null ? 'none' : sanitizeForTerminal(execution)),
    ...proofLines(tenant, now),
    line('last good', tenant.lastGood === null ? 'none recorded' : `revision ${tenant.lastGood}`),
  ];
}

const INDENT = ' '.repeat(13);

function line(name: string, text: string): string {
  return `  ${name.padEnd(INDENT.length - 4)}  ${text}`;
}

function targetLines({ rollout }: TenantStatus, now: Date): string[] {
  if (rollout === null) return [line('target', 'none: no promotion includes this tenant')];
  return [
    line('target', `revision ${rollout.revision}, its rollout is ${rollout.state}`),
    line('', sanitizeForTerminal(rollout.environmentTarUrl)),
    line('', rollout.environmentTarDigest),
    line('', describePromotion(rollout, now)),
  ];
}

function reasonLines({ code, message }: Reason, columns: number | undefined): string[] {
  const [first = '', ...rest] = wrapText(
    `${sanitizeForTerminal(code)}: ${sanitizeForTerminal(message)}`,
    columns,
    INDENT,
  );
  return [line('reason', first.slice(INDENT.length)), ...rest];
}

function proofLines({ proof }: TenantStatus, now: Date): string[] {
  if (proof === null) return [line('proof', 'none: no valid receipt yet')];
  return [
    line('proof', `revision ${proof.revision}, ${describeAge(proof.adoptedAt, now)} ago`),
    line('', proof.digest),
    line('', sanitizeForTerminal(proof.receipt)),
  ];
}

function describeAssigned({ revision, assignedAt }: TenantStatus, now: Date): string {
  return revision === null ? 'nothing yet' : `revision ${revision}, ${describeAge(assignedAt, now)} ago`;
}

function describeAttempt({ launchAttempt }: TenantStatus): string {
  return launchAttempt > 1 ? ` (launch attempt ${launchAttempt})` : '';
}
