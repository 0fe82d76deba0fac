import type { Call, Fault } from '@pincast/emulators/faults';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tar } from '../fixtures/archives/tar.ts';
import { listing, temporaryFolder } from '../fixtures/archives/temporary-folder.ts';
import { runSandboxProcess, SandboxFleet } from './fleet.ts';

const environment = tar([
  { name: 'bin/work', content: '#!/bin/sh\nexit 0\n', mode: 0o755 },
  { name: 'data', content: Buffer.alloc(3_000_000, 'data') },
]);

/** Faults that come in this order for calls that match; afterwards everything works. */
async function fleetWith(matches: (call: Call) => boolean, faults: Fault[]) {
  let armed = false;
  const fleet = await SandboxFleet.start((call) => (armed && matches(call) ? faults.shift() : undefined));
  onTestFinished(() => fleet.close());
  await fleet.pin(environment);
  armed = true;
  return fleet;
}

async function launch(fleet: SandboxFleet) {
  const workDir = temporaryFolder();
  const ran = await runSandboxProcess([...fleet.pinnedFlags(), '--work-dir', workDir, '--', 'work']);
  return { ...ran, workDir: listing(workDir) };
}

const isTar = ({ method, resource }: Call) => method === 'objects.get' && resource.endsWith('1.tar');
const isAdopted = ({ method, resource }: Call) => method === 'objects.insert' && resource.endsWith('adopted.json');

describe('pincast-sandbox on a bad network', () => {
  it('resumes a download that is cut twice', async () => {
    const cut: Fault = { kind: 'truncate', bytes: 1_000_000 };
    // The first one meets the stat, whose answer is shorter than the cut.
    const fleet = await fleetWith(isTar, [cut, cut, cut]);
    const ran = await launch(fleet);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr.match(/broke off at byte/g)).toHaveLength(2);
    expect((await fleet.receipts()).adopted).toMatchObject({ bytes: environment.length });
  });

  it('survives 503, 429 and a connection reset', async () => {
    const faults: Fault[] = [{ kind: 'status', status: 503 }, { kind: 'reset' }, { kind: 'status', status: 429 }];
    expect((await launch(await fleetWith(({ method }) => method === 'objects.get', faults))).exitCode).toBe(0);
  });

  it('exits 69 and leaves nothing if the server cuts every download', async () => {
    const fleet = await fleetWith(
      isTar,
      Array.from({ length: 50 }, () => ({ kind: 'truncate', bytes: 0 }) as const),
    );
    const ran = await launch(fleet);
    expect(ran).toMatchObject({ exitCode: 69, error: { code: 'ENVIRONMENT_UNAVAILABLE' }, workDir: [] });
    expect(await fleet.receipts()).toMatchObject({ failed: { code: 'ENVIRONMENT_UNAVAILABLE', digest: null } });
  }, 60_000);

  it('continues if its receipt was stored but the response was lost', async () => {
    const fleet = await fleetWith(isAdopted, [{ kind: 'lost-response' }]);
    expect((await launch(fleet)).exitCode).toBe(0);
    expect(Object.keys(await fleet.receipts())).toEqual(['adopted', 'finished']);
  });

  it('runs no workload if its receipt cannot be stored', async () => {
    const fleet = await fleetWith(
      isAdopted,
      Array.from({ length: 50 }, () => ({ kind: 'status', status: 400 }) as const),
    );
    const ran = await launch(fleet);
    expect(ran).toMatchObject({ exitCode: 69, error: { code: 'RECEIPT_UNAVAILABLE' }, workDir: [] });
  });
});

describe('pincast-sandbox with an environment of 100 MiB', () => {
  it('downloads it over four connections and adopts the pinned bytes', async () => {
    const large = tar([
      { name: 'bin/work', content: '#!/bin/sh\nexit 0\n', mode: 0o755 },
      { name: 'data', content: Buffer.alloc(100 * 1024 * 1024, 'large data') },
    ]);
    let media = 0;
    const fleet = await SandboxFleet.start((call) => {
      if (isTar(call)) media++;
      return undefined;
    });
    onTestFinished(() => fleet.close());
    const { digest } = await fleet.pin(large);
    const before = media;
    expect((await launch(fleet)).exitCode).toBe(0);
    expect(media - before).toBe(1 + 4);
    expect((await fleet.receipts()).adopted).toMatchObject({ digest, bytes: large.length });
  });
});
