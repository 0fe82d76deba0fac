import { PubSub } from '@google-cloud/pubsub';
import { type RunClients, runClients } from '#functions/google/run/clients.ts';
import { runLauncher } from '#functions/google/run/launcher.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import type { Endpoints } from '../options.ts';
import type { VerifyCloud } from './cloud.ts';

type Clients = Pick<VerifyCloud, 'clients' | 'launcher' | 'storage' | 'pubsub' | 'close'>;

/** The real clients, and the product's launcher over them. @param endpoints absent: Google Cloud */
export function connectClients(project: string, endpoints: Endpoints | undefined): Clients {
  const regions = new Map<string, RunClients>();
  const clients = (region: string) => {
    const known = regions.get(region) ?? runClients(region, endpoints?.run);
    regions.set(region, known);
    return known;
  };
  const emulator = endpoints && { apiEndpoint: endpoints.pubsub, emulatorMode: true };
  const pubsub = new PubSub({ projectId: project, ...emulator });
  return {
    clients,
    launcher: runLauncher(clients),
    storage: storageClient(endpoints?.storage, project),
    pubsub,
    close: async () => {
      await Promise.all([pubsub.close(), ...[...regions.values()].map((region) => region.close())]);
    },
  };
}
