import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { storageFleet } from '#functions/google/storage/stores/fleet.ts';
import { storageTenants } from '#functions/google/storage/stores/tenants.ts';
import { buildTenant } from '../../../fixtures/tenant.ts';

let server: LocalStorage;
let control: JsonObjects;

beforeAll(async () => {
  server = await startStorage();
  const storage = storageClient(server.endpoint, 'p');
  await storage.createBucket('control');
  control = new JsonObjects(storage, 'control');
});
afterAll(() => server.close());

it('storageTenants registers a tenant once, replaces no registration, and removes it', async () => {
  const registry = storageTenants(control);
  const fleet = storageFleet(control, control);
  expect(await registry.add(buildTenant('acme', { wave: 'canary' }))).toBe('added');
  expect(await registry.add(buildTenant('acme', { wave: 'other' }))).toBe('exists');
  expect((await fleet.tenants('codex')).records).toEqual([buildTenant('acme', { wave: 'canary' })]);
  expect(await registry.remove('codex', 'acme')).toBe('removed');
  expect(await registry.remove('codex', 'acme')).toBe('absent');
  expect((await fleet.tenants('codex')).records).toEqual([]);
});
