import type { FleetView } from '../../core/status/fleet-status.ts';
import type { RolloutState, RolloutView } from '../../core/status/rollout-status.ts';
import type { TenantView } from '../../core/status/tenant-view.ts';
import { summarizeTenants } from './adoption-style.ts';
import { fleetTable, shortDigest } from './fleet-table.ts';
import type { Output, Style } from './output.ts';
import { describeAge, sanitizeForTerminal } from './text.ts';

/** A longer list of names is abbreviated in a command. */
const MOST_NAMES = 20;

const STATE_STYLES: Partial<Record<RolloutState, Style>> = {
  SUCCEEDED: 'green',
  IN_PROGRESS: 'cyan',
  SOAKING: 'cyan',
  PAUSED: 'yellow',
  HALTED: 'red',
  ROLLED_BACK: 'red',
  ABORTED: 'red',
};

type Fleet = Pick<FleetView, 'runtime' | 'tenants'>;

/** One live target of a fleet: its pin, promoter, reason and tenants, and the revision to roll back to. */
export function rolloutLines(fleet: Fleet, rollout: RolloutView, now: Date, output: Output): string[] {
  const members = membersOf(fleet, rollout);
  return [
    rolloutTitle(fleet, rollout, output),
    `  ${sanitizeForTerminal(rollout.environmentTarUrl)}`,
    `  ${rollout.environmentTarDigest}`,
    `  ${describePromotion(rollout, now)}`,
    `  ${summarizeTenants(members, output.paint)}`,
    '',
    ...fleetTable(members, now, output),
    ...rollbackLines(fleet, rollout),
  ];
}

/** `codex  revision 4  HALTED  11 of 12 tenants` */
function rolloutTitle({ runtime, tenants }: Fleet, rollout: RolloutView, { paint }: Output): string {
  const { revision, state } = rollout;
  const of = rollout.tenants.length === tenants.length ? '' : `${rollout.tenants.length} of `;
  const scope = `${of}${tenants.length} ${tenants.length === 1 ? 'tenant' : 'tenants'}`;
  return `${paint('bold', `${runtime}  revision ${revision}`)}  ${paintState(state, paint)}  ${scope}`;
}

function paintState(state: RolloutState, paint: Output['paint']): string {
  const style = STATE_STYLES[state];
  return style === undefined ? state : paint(style, state);
}

function membersOf({ tenants }: Fleet, { revision }: RolloutView): TenantView[] {
  return tenants.filter(({ target }) => target === revision);
}

/** `promoted 3m ago by ci: bump numpy` */
export function describePromotion(
  { promotedAt, promotedBy, reason }: Pick<RolloutView, 'promotedAt' | 'promotedBy' | 'reason'>,
  now: Date,
): string {
  const by = promotedBy === null ? '' : ` by ${sanitizeForTerminal(promotedBy)}`;
  const why = reason === null ? '' : `: ${sanitizeForTerminal(reason)}`;
  return `promoted ${describeAge(promotedAt, now)} ago${by}${why}`;
}

/** The revision to roll back to, with its command. After SUCCEEDED only a known good revision is offered. */
export function rollbackLines(fleet: Fleet, rollout: RolloutView): string[] {
  const { lastGood, previous, tenants } = rollout;
  if (lastGood !== null) {
    const { revision, environmentTarDigest } = lastGood;
    const by = `${lastGood.tenants} of ${tenants.length} tenants succeeded with it`;
    return ['', `last good: revision ${revision}  ${shortDigest(environmentTarDigest)}  ${by}`, commandFor(revision)];
  }
  if (previous === null || rollout.state === 'SUCCEEDED') return [];
  return ['', `previous: revision ${previous}; no tenant is recorded to have succeeded with it`, commandFor(previous)];

  function commandFor(revision: number): string {
    const isEveryone = tenants.length === fleet.tenants.length;
    const names = tenants.length > MOST_NAMES ? `<its ${tenants.length} tenants>` : [...tenants].sort().join(',');
    const scope = isEveryone ? '' : ` --tenants ${names}`;
    return `  pincast promote --revision ${revision} --runtime ${fleet.runtime}${scope}`;
  }
}
