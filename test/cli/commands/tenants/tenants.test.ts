import { describe, expect, it } from 'vitest';
import { FakeCloud } from '../../../fakes/fake-cloud.ts';
import { buildTenant, jobOfTenant, REGION } from '../../../fixtures/tenant.ts';
import { runIn } from '../../fake-session.ts';

const RETRYING = `${REGION}/jobs/retrying`;
const OTHERS = `${REGION}/jobs/other-umbrella`;

function fleet(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(
    buildTenant('acme'),
    buildTenant('globex'),
    buildTenant('umbrella', { runtime: 'other', job: OTHERS }),
  );
  cloud.jobs.add(RETRYING, { maxRetries: 3 });
  cloud.jobs.add(`${REGION}/jobs/free`);
  return cloud;
}

function registered(cloud: FakeCloud): string[] {
  return cloud.control.list('tenants/').map(({ name }) => name);
}

const before = registered(fleet());
const add = (...args: string[]) => ['tenants', 'add', ...args];
const remove = (...args: string[]) => ['tenants', 'remove', ...args];

describe('pincast tenants add', () => {
  it('registers each tenant with its own job', async () => {
    const cloud = fleet();
    for (const tenant of ['initech', 'hooli']) cloud.jobs.add(jobOfTenant(tenant));
    const options = ['--runtime', 'codex', '--job', `${REGION}/jobs/codex-{tenant}`, '--wave', 'canary', '--json'];
    const { exitCode, out } = await runIn(cloud, add('initech', 'hooli', ...options));
    expect(exitCode).toBe(0);
    const initech = { tenant: 'initech', job: jobOfTenant('initech') };
    expect(JSON.parse(out)).toEqual({
      runtime: 'codex',
      added: [initech, { tenant: 'hooli', job: jobOfTenant('hooli') }],
    });
    expect(JSON.parse(cloud.control.read('tenants/codex/initech.json')?.text ?? '')).toEqual(
      buildTenant('initech', { wave: 'canary' }),
    );
  });

  it.each([
    [
      'one is registered already',
      ['initech', 'acme', '--job', `${REGION}/jobs/x-{tenant}`],
      1,
      'acme: is registered already',
    ],
    [
      'the job is another tenant’s',
      ['initech', '--job', jobOfTenant('acme')],
      1,
      `${jobOfTenant('acme')} is the job of codex/acme`,
    ],
    ['two would share a job', ['initech', 'hooli', '--job', `${REGION}/jobs/x`], 64, '--job: belongs to one tenant'],
    [
      'the job is none',
      ['initech', '--job', 'x'],
      64,
      '--job: expected projects/<project id>/locations/<region>/jobs/<job>, got "x"',
    ],
    [
      'the project is a number',
      ['initech', '--job', 'projects/123456789012/locations/europe-west1/jobs/x'],
      64,
      "write the project's id instead of its number",
    ],
    ['the job does not exist', ['initech', '--job', `${REGION}/jobs/absent`], 1, 'jobs/absent does not exist'],
    ['Cloud Run retries the job', ['initech', '--job', RETRYING], 1, `${RETRYING} has maxRetries 3`],
    ['the job is one of another runtime', ['initech', '--job', OTHERS], 1, `${OTHERS} is the job of other/umbrella`],
    ['no provisioner makes the job', ['initech'], 64, '--job: missing; in Google Cloud infra/gcp creates'],
    [
      'names are wrong',
      ['Initech', 'hooli', 'hooli', '--job', `${REGION}/jobs/{tenant}`],
      64,
      'hooli is named more than once',
    ],
  ])('changes nothing if %s', async (_title, args, expected, message) => {
    const cloud = fleet();
    const { exitCode, out, err } = await runIn(cloud, add(...args, '--runtime', 'codex'));
    expect(exitCode).toBe(expected);
    expect(err).toContain(message);
    expect(out).toBe('');
    expect(registered(cloud)).toEqual(before);
  });

  it('registers no tenant for the reserved runtime name "all"', async () => {
    const cloud = fleet();
    const { exitCode, err } = await runIn(cloud, add('initech', '--runtime', 'all', '--job', `${REGION}/jobs/x`));
    expect(exitCode).toBe(64);
    expect(err).toContain('--runtime: "all" is reserved: it means every runtime; choose another name');
    expect(registered(cloud)).toEqual(before);
  });

  it('says that a tenant with an unreadable registration is registered already', async () => {
    const cloud = fleet();
    cloud.control.put('tenants/codex/initech.json', '{');
    const { exitCode, err } = await runIn(cloud, add('initech', '--runtime', 'codex', '--job', `${REGION}/jobs/free`));
    expect(exitCode).toBe(1);
    expect(err).toContain('initech: is registered already');
  });

  it('names every issue at once', async () => {
    const { exitCode, err } = await runIn(fleet(), add('A', 'b', 'b'));
    expect(exitCode).toBe(64);
    for (const fault of ['--runtime: missing', 'tenant: expected', 'b is named more than once', '--job: missing']) {
      expect(err).toContain(fault);
    }
  });
});

describe('pincast tenants remove', () => {
  it('removes the named registrations and keeps the others', async () => {
    const cloud = fleet();
    const { exitCode, out } = await runIn(cloud, remove('globex', '--runtime', 'codex'));
    expect(exitCode).toBe(0);
    expect(out).toBe('removed globex from codex\n');
    expect(registered(cloud)).toEqual(['tenants/codex/acme.json', 'tenants/other/umbrella.json']);
  });

  it('removes an unreadable registration', async () => {
    const cloud = fleet();
    cloud.control.put('tenants/codex/globex.json', 'not JSON');
    const { exitCode } = await runIn(cloud, remove('globex', '--runtime', 'codex'));
    expect(exitCode).toBe(0);
    expect(registered(cloud)).toEqual(['tenants/codex/acme.json', 'tenants/other/umbrella.json']);
  });

  it('removes no tenant if one of them is not registered', async () => {
    const cloud = fleet();
    const { exitCode, out, err } = await runIn(cloud, remove('globex', 'stranger', 'ghost', '--runtime', 'codex'));
    expect(exitCode).toBe(1);
    expect(err).toContain('stranger: is not a tenant of codex\n  ghost: is not a tenant of codex');
    expect(out).toBe('');
    expect(registered(cloud)).toEqual(before);
  });
});

describe('pincast tenants list', () => {
  it('prints every tenant with its job', async () => {
    const { exitCode, out } = await runIn(fleet(), ['tenants', 'list', 'codex']);
    expect(exitCode).toBe(0);
    expect(out).toBe(
      `RUNTIME  TENANT  JOB\ncodex    acme    ${jobOfTenant('acme')}\ncodex    globex  ${jobOfTenant('globex')}\n`,
    );
  });

  it('names an unreadable registration, and lists the others', async () => {
    const cloud = fleet();
    cloud.control.put('tenants/codex/hooli.json', 'not JSON');
    const { exitCode, out, err } = await runIn(cloud, ['tenants', 'list', 'codex']);
    expect(exitCode).toBe(0);
    expect(err).toContain('cannot read tenants/codex/hooli.json: not JSON');
    expect(out.match(/^codex +\w+/gm)).toEqual(['codex    acme', 'codex    globex']);
  });

  it('prints the registrations as JSON', async () => {
    const { out } = await runIn(fleet(), ['tenants', 'list', 'codex', '--json']);
    expect(JSON.parse(out)).toEqual({ tenants: [buildTenant('acme'), buildTenant('globex')], unreadable: [] });
  });

  it('exits 66 for a runtime without tenants, and names the runtimes with tenants', async () => {
    const { exitCode, out, err } = await runIn(fleet(), ['tenants', 'list', 'argon']);
    expect(exitCode).toBe(66);
    expect(out).toBe('');
    expect(err).toContain('no tenant is registered for "argon"; the runtimes are codex, other');
  });
});
