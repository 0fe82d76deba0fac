import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '#functions/cli/errors.ts';
import { findTarget } from '#functions/cli/target/find.ts';

const env = {
  PINCAST_PROJECT: 'pincast-local',
  PINCAST_PINS_BUCKET: 'pins',
  PINCAST_ASSIGNMENTS_BUCKET: 'assignments',
  PINCAST_CONTROL_BUCKET: 'control',
  PINCAST_RECEIPTS_BUCKET: 'receipts',
  PINCAST_RESULTS_BUCKET: 'results',
  PINCAST_ENVIRONMENTS_BUCKETS: 'environments',
  PINCAST_STORAGE_ENDPOINT: 'http://127.0.0.1:4443',
};
/** No process has it: Linux gives at most 2^22. */
const DEAD = 2 ** 22 + 1;

let home = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pincast-target-'));
  mkdirSync(join(home, 'deeply', 'within'), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function running(overrides: object = {}): object {
  const urls = { provisioner: 'http://127.0.0.1:8087', statusUrl: 'http://127.0.0.1:9000' };
  return { formatVersion: 1, name: 'local', pid: process.pid, env, ...urls, ...overrides };
}

function leave(folder: string, content: object | string): void {
  mkdirSync(join(folder, '.pincast'), { recursive: true });
  writeFileSync(
    join(folder, '.pincast', 'target.json'),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
}

function failure(act: () => unknown): CliError {
  try {
    act();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('findTarget', () => {
  it('returns PINCAST_PROJECT’s project, even beside a running local cloud', () => {
    leave(home, running());
    const { config, description, provisioner } = findTarget({ ...env, PINCAST_PROJECT: 'acme-prod' }, home);
    expect(config.project).toBe('acme-prod');
    expect(description).toBe('project acme-prod at http://127.0.0.1:4443 (from PINCAST_PROJECT)');
    expect(provisioner).toBeUndefined();
  });

  it('returns the directory’s local cloud without PINCAST_PROJECT', () => {
    leave(home, running());
    const { config, description, provisioner } = findTarget({}, home);
    expect(description).toBe('local (project pincast-local, .pincast/target.json)');
    expect(config.endpoints).toEqual({ storage: 'http://127.0.0.1:4443' });
    expect(provisioner).toBe('http://127.0.0.1:8087');
  });

  it('returns the local cloud of the nearest parent directory', () => {
    leave(home, running({ name: 'far' }));
    const within = join(home, 'deeply', 'within');
    expect(findTarget({}, within).description).toBe('far (project pincast-local, ../../.pincast/target.json)');
    leave(join(home, 'deeply'), running({ name: 'near' }));
    expect(findTarget({}, within).description).toBe('near (project pincast-local, ../.pincast/target.json)');
  });

  it('ignores the environment’s variables for a local cloud', () => {
    leave(home, running());
    const { config } = findTarget({ PINCAST_PINS_BUCKET: 'elsewhere', PINCAST_RUN_ENDPOINT: 'far.example:443' }, home);
    expect(config.buckets.pins).toBe('pins');
    expect(config.endpoints.run).toBeUndefined();
  });
});

describe('findTarget without a target', () => {
  it('names both ways to configure one', () => {
    const { exitCode, message } = failure(() => findTarget({}, home));
    expect(exitCode).toBe(64);
    expect(message).toMatch(/PINCAST_PROJECT.*npm start/s);
  });

  it('says that the local cloud has ended and how to start it', () => {
    leave(home, running({ pid: DEAD }));
    const { exitCode, message } = failure(() => findTarget({}, home));
    expect(exitCode).toBe(69);
    expect(message).toMatch(new RegExp(`not running \\(its process ${DEAD} has ended\\); start it with .npm start`));
  });

  it('names every missing variable', () => {
    const { exitCode, issues: faults } = failure(() =>
      findTarget({ PINCAST_PROJECT: 'p', PINCAST_RUNS_PER_MINUTE: 'x' }, home),
    );
    expect(exitCode).toBe(64);
    expect(faults).toHaveLength(7);
  });

  it.each([
    ['{', 'not JSON'],
    [running({ formatVersion: 2 }), 'formatVersion'],
    [running({ pid: 'x', env: [] }), 'pid'],
    [running({ provisioner: 'http://far.example' }), 'provisioner'],
    [running({ env: { PINCAST_PROJECT: 'p' } }), 'PINCAST_PINS_BUCKET'],
  ])('refuses a file that npm start did not write: %#', (content, fault) => {
    leave(home, content);
    const { exitCode, message, issues: faults } = failure(() => findTarget({}, home));
    expect(exitCode).toBe(64);
    expect(message).toContain('.pincast/target.json');
    expect([message, ...faults.map(({ path }) => path)].join('\n')).toContain(fault);
  });

  it('refuses a directory in place of the file', () => {
    mkdirSync(join(home, '.pincast', 'target.json'), { recursive: true });
    expect(failure(() => findTarget({}, home))).toMatchObject({
      exitCode: 64,
      message: expect.stringContaining('EISDIR'),
    });
  });
});
