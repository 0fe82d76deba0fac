import { usageError } from '#functions/cli/errors.ts';
import type { OperatorCloud } from '#functions/cli/target/connect.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { layout } from '../layout.ts';
import type { StartOptions } from './start-options.ts';

/** The sample's fleet as an earlier start left it. */
export type KeptFleet = { tenants: number; latest: LedgerEntry };

/** Undefined if the state has no promotion of the sample's runtime yet. */
export async function readKeptFleet({ ledgers, fleet }: OperatorCloud): Promise<KeptFleet | undefined> {
  const { latest } = await ledgers.read(layout.runtime);
  if (latest === undefined) return undefined;
  const { records } = await fleet.tenants(layout.runtime);
  return { tenants: records.length, latest };
}

/** True if the options ask for nothing that only a new promotion can show. */
export function isShownOnly({ environment, tamper, workload }: StartOptions): boolean {
  return environment === null && !tamper && workload.length === 0;
}

/** @throws CliError if `--tenants` asks for another size than the fleet has */
export function refuseOtherSize({ tenants }: KeptFleet, wanted: number | null): void {
  if (wanted === null || wanted === tenants) return;
  throw usageError(
    `--tenants ${wanted}: the kept fleet has ${tenants} tenants of ${layout.runtime}. Leave the option out, ` +
      'or move .pincast/state away to start afresh',
  );
}

/** One line about what is shown instead of a new promotion. */
export function describeKept({ tenants, latest }: KeptFleet): string {
  const { runtime, revision, environmentTarDigest, promotedBy } = latest;
  const by = promotedBy === undefined ? '' : ` by ${promotedBy}`;
  return (
    `${runtime} revision ${revision} of the kept state (${environmentTarDigest}${by}, ${tenants} tenants); ` +
    'nothing is promoted'
  );
}
