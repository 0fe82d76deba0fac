import type { Launcher } from '../../ports/launcher.ts';
import type { RunClients } from './clients.ts';
import { lazy } from './lazy.ts';

/** Cloud Run's client takes a quarter of a second to load: it is loaded by the first call that needs it. */
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
    connect: async (where) => (await loaded()).connect(where),
    run: async (launch) => (await loaded()).run(launch),
    execution: async (name) => (await loaded()).execution(name),
    findLaunch: async (job, launchId, since) => (await loaded()).findLaunch(job, launchId, since),
    job: async (name) => (await loaded()).job(name),
    async *jobs(where) {
      yield* (await loaded()).jobs(where);
    },
    async *executions(where) {
      yield* (await loaded()).executions(where);
    },
  };
}
