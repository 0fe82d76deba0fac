import type { Launcher } from '../../ports/launcher.ts';
import { lazy } from '../lazy.ts';
import type { RunClients } from './clients.ts';

/** Loads Cloud Run's client with the first call, because loading takes 250 ms. */
export function lazyLauncher(endpoint: string | undefined): Launcher {
  const loaded = lazy(async () => {
    const [{ runClients }, { runLauncher }] = await Promise.all([import('./clients.ts'), import('./launcher.ts')]);
    const clients = new Map<string, RunClients>();
    return runLauncher((region) => {
      const known = clients.get(region) ?? runClients(region, endpoint);
      clients.set(region, known);
      return known;
    });
  });
  return {
    connect: async (location) => (await loaded()).connect(location),
    run: async (launch) => (await loaded()).run(launch),
    execution: async (name) => (await loaded()).execution(name),
    findLaunch: async (job, launchId, since) => (await loaded()).findLaunch(job, launchId, since),
    job: async (name) => (await loaded()).job(name),
    async *jobs(location) {
      yield* (await loaded()).jobs(location);
    },
    async *executions(location) {
      yield* (await loaded()).executions(location);
    },
  };
}
