import type { PlannedAssignment } from '../core/assignment.ts';
import type { LedgerEntry } from '../core/ledger-entry.ts';
import { targetFinder } from '../core/target.ts';
import type { Clock } from '../ports/clock.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { Pins } from '../ports/pins.ts';
import { type LaunchControls, readLaunchControls } from './launch-stop.ts';

export type BrakeDeps = { pins: Pins; fleet: FleetRegistry; clock: Clock };

/** What may stop a move after it was planned. */
export type Stops = LaunchControls & { entries: readonly LedgerEntry[]; holds: ReadonlySet<string> };

export type Brake = {
  /** Nobody holds the tenant, and no later promotion has taken the move's place. */
  mayMove(next: PlannedAssignment): Promise<boolean>;
  /** And neither a freeze nor a lockdown is in force. */
  mayLaunch(next: PlannedAssignment): Promise<boolean>;
};

/** A launch may be hours after its plan, so all that an operator can do meanwhile is looked at again, but not for each tenant. */
const FRESH_MS = 2_000;
const STALE_MS = 5_000;
const MAX_LOOKS = 3;

type Look = { at: number; stops: Promise<Stops & { targetOf: (tenant: string) => LedgerEntry | undefined }> };

/** @param known what the plan was made with, and when it was read. */
export function brakeFor(runtime: string, known: Stops & { readAt: Date }, deps: BrakeDeps): Brake {
  let last: Look = { at: known.readAt.getTime(), stops: Promise.resolve(withTargets(known)) };
  const look = () => {
    const now = nowOf(deps);
    if (now - last.at > FRESH_MS) last = { at: now, stops: readStops(runtime, deps).then(withTargets) };
    return last;
  };
  const freshStops = async () => {
    for (let tries = 1; ; tries++) {
      const { at, stops } = look();
      const found = await stops;
      // An answer may take so long that what it says is long over; but where all are slow, one must do.
      if (nowOf(deps) - at <= STALE_MS || tries === MAX_LOOKS) return found;
    }
  };
  const isWanted = async ({ tenant, revision, digest }: PlannedAssignment, isFrozen: (stops: Stops) => boolean) => {
    const stops = await freshStops();
    if (stops.revokedDigests.has(digest)) return false;
    return !isFrozen(stops) && !stops.holds.has(tenant) && stops.targetOf(tenant)?.revision === revision;
  };
  return {
    mayMove: (next) => isWanted(next, () => false),
    mayLaunch: (next) => isWanted(next, ({ frozen }) => frozen),
  };
}

function nowOf({ clock }: BrakeDeps): number {
  return clock.now().getTime();
}

async function readStops(runtime: string, { pins, fleet }: BrakeDeps): Promise<Stops> {
  const [entries, holds, controls] = await Promise.all([
    pins.list(runtime),
    fleet.holds(runtime),
    readLaunchControls(runtime, fleet),
  ]);
  return { entries, holds, ...controls };
}

function withTargets(stops: Stops) {
  return { ...stops, targetOf: targetFinder(stops.entries) };
}
