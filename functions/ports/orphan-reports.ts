import type { Versioned } from '../core/records/codec.ts';
import type { OrphanReport } from '../core/records/orphan-report.ts';

/** The report of each runtime's last orphan scan. */
export type OrphanReports = {
  /** Undefined before the first scan; a value of null if the report cannot be read. */
  read(runtime: string): Promise<Versioned<OrphanReport | null> | undefined>;
  /** Writes if the stored generation is `expected`; null: if there is no report yet. */
  write(orphans: OrphanReport, expected: string | null): Promise<'written' | 'conflict'>;
};
