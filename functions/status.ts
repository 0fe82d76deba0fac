import { IDENTIFIER } from './core/values/identifier.ts';
import { readFleetStatus } from './flows/status/fleet-status.ts';
import { httpFunction } from './google/functions/http-function.ts';

const FLEET = /^\/api\/fleet\/([^/]+)$/;

/** `GET /api/fleet/<runtime>`: the fleet's tenants, the rollout of each live target, and the objects that cannot be read. */
httpFunction('status', async (path, reader) => {
  const runtime = FLEET.exec(path)?.[1];
  if (runtime === undefined) return { status: 404, json: { error: 'expected /api/fleet/<runtime>' } };
  if (!IDENTIFIER.test(runtime)) return { status: 400, json: { error: `invalid runtime ${JSON.stringify(runtime)}` } };
  try {
    const view = await readFleetStatus(runtime, reader);
    if (view !== undefined) return { status: 200, json: view };
    return { status: 404, json: { error: `runtime ${runtime} not found`, runtimes: await reader.fleet.runtimes() } };
  } catch (error) {
    reader.log.error('status failed', { runtime, error: String(error) });
    return { status: 503, json: { error: 'the ledger cannot be read now; try again' } };
  }
});
