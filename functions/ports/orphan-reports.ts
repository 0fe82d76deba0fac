import type { Versioned } from '../core/records/codec.ts';
import type { OrphanReport } from '../core/records/orphan-report.ts';

/** What the last look at each fleet found. */
export type OrphanReports = {
  /** Undefined where nobody has looked yet; a value of null where what is stored cannot be read. */
  read(runtime: string): Promise<Versioned<OrphanReport | null> | undefined>;
  /** Where the stored generation is still `expected` (null: where there is none). */
  write(orphans: OrphanReport, expected: string | null): Promise<'written' | 'conflict'>;
};
