import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findEmulator, type RunningEmulator, startEmulator } from '../infra/emulators/pubsub/google-emulator.ts';
import { isSettled, openTestCloud, type TestCloud } from './test-cloud.ts';

const found = findEmulator();

describe.skipIf('missing' in found && process.env.CI !== 'true')('Pincast over Google’s Pub/Sub emulator', () => {
  let emulator: RunningEmulator;
  let cloud: TestCloud;
  beforeAll(async () => {
    if ('missing' in found) throw new Error(found.missing);
    emulator = await startEmulator(found.jar);
    cloud = await openTestCloud({ external: { pubsub: emulator.endpoint } });
  });
  afterAll(async () => {
    await cloud?.close();
    await emulator?.close();
  });

  it('tenants adopt a promotion, and their workloads’ outcomes are recorded', async () => {
    await cloud.addTenants('codex', ['acme', 'globex']);
    const pin = await cloud.environment('codex', 'true');
    await cloud.publish({ runtime: 'codex', ...pin });
    const view = await cloud.untilFleet('codex', isSettled);
    expect(view.tenants.map(({ adoption, digest, outcome }) => [adoption, digest, outcome?.state])).toEqual([
      ['ADOPTED', pin.environmentTarDigest, 'SUCCEEDED'],
      ['ADOPTED', pin.environmentTarDigest, 'SUCCEEDED'],
    ]);
  });

  it('a rejected promotion is kept, and launches nothing', async () => {
    const messageId = await cloud.publish({ runtime: 'codex', environmentTarUrl: 'gs://elsewhere/x' });
    expect((await cloud.untilRejected(messageId)).faults.map(({ path }) => path)).toContain('environmentTarDigest');
    expect(await cloud.executions('codex-acme')).toHaveLength(1);
  });
});
