import { beforeAll, describe, expect, it } from 'vitest';
import { parseRecord } from '../../../../functions/core/records/codec.ts';
import { guardRefusal, guardSchema } from '../../../../functions/core/records/guard.ts';
import { parseDigest } from '../../../../functions/core/values/digest.ts';
import { type Deployed, deploy, ofType, resource } from '../fixtures/mocks.ts';
import { parseTenantOf } from '../fixtures/registrations.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';

let small: Deployed;
let odd: Deployed;

beforeAll(async () => {
  small = await deploy(buildStack());
  odd = await deploy(buildOddStack());
});

const registration = (name: string) => resource(small, 'storage/bucketObject', `registration/${name}`);

describe('defineRegistry', () => {
  it('writes the bytes and the metadata that the control plane reads', () => {
    const content =
      '{"formatVersion":1,"runtime":"codex","tenant":"globex",' +
      '"job":"projects/acme-fleet/locations/europe-west1/jobs/codex-globex","wave":"canary"}';

    expect(registration('codex/globex').inputs).toEqual({
      bucket: 'acme-fleet-pincast-control',
      name: 'tenants/codex/globex.json',
      content,
      contentType: 'application/json',
      metadata: { formatVersion: '1', record: content },
    });
  });

  it('registers every tenant under the name of the job that the stack makes', () => {
    const jobs = ofType(odd, 'cloudrunv2/job').map(
      ({ inputs }) => `projects/${inputs.project}/locations/${inputs.location}/jobs/${inputs.name}`,
    );
    const tenants = [
      parseTenantOf(odd, 'atlas', 'acme'),
      parseTenantOf(odd, 'codex', 'acme'),
      parseTenantOf(odd, 'codex', 'globex'),
      parseTenantOf(odd, 'codex', 'umbrella'),
    ];

    expect(tenants.map(({ job }) => job).sort()).toEqual(jobs.sort());
    expect(tenants.map(({ wave }) => wave)).toEqual([null, null, 'canary', null]);
  });

  it('comes after its own job and the grants of job and account, and waits for no other tenant', () => {
    const { dependsOn } = registration('codex/acme');
    const grants = dependsOn.filter((name) => name.startsWith('grant/'));

    expect(dependsOn).toContain('job/codex/acme');
    expect(grants).toContainEqual(expect.stringMatching(/^grant\/jobLauncher\/.*jobs\/codex-acme\/fanOut/));
    expect(grants).toContainEqual(expect.stringMatching(/^grant\/objectCreator\/.*receipts\/acme\/.*sandbox-acme@/));
    expect(dependsOn.filter((name) => name.includes('globex'))).toEqual([]);
  });

  it('ignores no change and keeps nothing of a removed tenant', () => {
    expect(registration('codex/acme')).toMatchObject({ ignoreChanges: [], retainOnDelete: false, protect: false });
  });

  it('deletes a changed registration before it writes the new one under the same name', () => {
    expect(registration('codex/acme').deleteBeforeReplace).toBe(true);
  });
});

describe('defineGuard', () => {
  it('writes a guard that refuses no digest', () => {
    const { bucket, name, content, metadata } = resource(small, 'storage/bucketObject', 'guard').inputs;
    const guard = parseRecord(guardSchema, String(content), 'guard.json');

    expect({ bucket, name, metadata }).toEqual({
      bucket: 'acme-fleet-pincast-assignments',
      name: 'guard.json',
      metadata: { formatVersion: '1', record: content },
    });
    expect(guardRefusal(guard, 'codex', parseDigest(`sha256:${'a'.repeat(64)}`))).toBeUndefined();
  });

  it('leaves an operator’s lockdown in force at an update, after a refresh and at a destroy', () => {
    const { ignoreChanges, retainOnDelete } = resource(small, 'storage/bucketObject', 'guard');

    expect(ignoreChanges).toEqual(['content', 'contentType', 'metadata', 'source', 'detectMd5hash', 'sourceMd5hash']);
    expect(retainOnDelete).toBe(true);
  });

  it('fails an update that would replace the guard', () => {
    expect(resource(small, 'storage/bucketObject', 'guard').protect).toBe(true);
  });
});
