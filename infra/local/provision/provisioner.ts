import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { identifier, runtimeName } from '#functions/core/values/schemas.ts';
import { type ProvisionDeps, provisionTenant, removeTenant } from './tenant-provisioner.ts';

export type Provisioner = { url: string; close(): Promise<void> };

const request = v.strictObject({ runtime: runtimeName, tenant: identifier });
const MAX_BODY_BYTES = 4096;

type Response = { status: number; json: object };

/** `POST /tenants {runtime, tenant}` and `DELETE /tenants/<runtime>/<tenant>`: for `pincast tenants` in another process. */
export async function startProvisioner(deps: ProvisionDeps, port: number): Promise<Provisioner> {
  const server = createServer((incoming, response) => {
    handle(incoming, deps)
      .catch((error: unknown): Response => ({ status: 500, json: { error: String(error) } }))
      .then(({ status, json }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json)),
      );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

async function handle(incoming: IncomingMessage, deps: ProvisionDeps): Promise<Response> {
  const { method, url = '' } = incoming;
  if (method === 'POST' && url === '/tenants') return add(await body(incoming), deps);
  const [, runtime, tenant] = /^\/tenants\/([^/]+)\/([^/]+)$/.exec(url) ?? [];
  if (method === 'DELETE' && runtime && tenant) return remove({ runtime, tenant }, deps);
  return { status: 404, json: { error: 'expected POST /tenants or DELETE /tenants/<runtime>/<tenant>' } };
}

async function add(json: unknown, deps: ProvisionDeps): Promise<Response> {
  const parsed = v.safeParse(request, json);
  if (!parsed.success)
    return { status: 400, json: { error: 'expected {"runtime": identifier, "tenant": identifier}' } };
  const { runtime, tenant } = parsed.output;
  const provisioned = await provisionTenant(runtime, tenant, deps);
  if (provisioned === 'exists') return { status: 409, json: { error: `${tenant} is a tenant of ${runtime} already` } };
  return { status: 201, json: { job: provisioned.job } };
}

async function remove(json: unknown, deps: ProvisionDeps): Promise<Response> {
  const parsed = v.safeParse(request, json);
  if (!parsed.success) return { status: 400, json: { error: 'expected /tenants/<runtime>/<tenant>' } };
  const { runtime, tenant } = parsed.output;
  const removed = await removeTenant(runtime, tenant, deps);
  if (removed === 'absent') return { status: 404, json: { error: `${tenant} is not a tenant of ${runtime}` } };
  return { status: 200, json: { removed: tenant } };
}

async function body(incoming: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > MAX_BODY_BYTES) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
