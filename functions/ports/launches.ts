import type { LaunchRecord } from '../core/launch-record.ts';

/** The history of launches. Creating the same record again changes nothing. */
export type Launches = {
  create(record: LaunchRecord): Promise<void>;
  read(runtime: string, tenant: string, launchId: string): Promise<LaunchRecord | undefined>;
};
