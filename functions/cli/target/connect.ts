import type { Cloud } from '../../google/cloud.ts';
import type { EnvironmentUploads } from '../../ports/environments.ts';
import type { TenantRegistry } from '../../ports/fleet.ts';
import type { Clock, Log } from '../../ports/system.ts';
import type { CloudContext } from './target.ts';

type Read = Pick<Cloud, 'ledgers' | 'assignments' | 'fleet' | 'environments' | 'receipts' | 'rejections' | 'orphans'>;

/** The ports that the commands use. */
export type OperatorCloud = Read &
  Pick<Cloud, 'launcher' | 'messages'> & { registry: TenantRegistry; uploads: EnvironmentUploads };

/** Connects to the cloud. Google's clients are imported here, because they load slowly and `digest` needs none. */
export async function connect(target: CloudContext, clock: Clock, log: Log): Promise<OperatorCloud> {
  const { config } = target;
  if (Object.keys(config.endpoints).length > 0) useEmulatorsOnly();
  const [{ connectCloud }, { storageClient }, { JsonObjects }, { storageTenants }, { storageEnvironmentUploads }] =
    await Promise.all([
      import('../../google/cloud.ts'),
      import('../../google/storage/client.ts'),
      import('../../google/storage/json-objects.ts'),
      import('../../google/storage/stores/tenants.ts'),
      import('../../google/storage/environment-uploads.ts'),
    ]);
  const storage = storageClient(config.endpoints.storage, config.project);
  return {
    ...connectCloud(config, clock, log),
    registry: storageTenants(new JsonObjects(storage, config.buckets.control)),
    uploads: storageEnvironmentUploads(storage),
  };
}

/**
 * Disables the metadata server and STORAGE_EMULATOR_HOST. The latter would override the configured endpoint, so the command
 * would use another cloud than the one it named.
 */
function useEmulatorsOnly(): void {
  process.env.METADATA_SERVER_DETECTION = 'none';
  delete process.env.STORAGE_EMULATOR_HOST;
}
