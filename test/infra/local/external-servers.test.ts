import { afterEach, expect, it, vi } from 'vitest';
import { CliError } from '#functions/cli/errors.ts';
import { externalServers } from '../../../infra/local/external-servers.ts';

afterEach(() => vi.unstubAllEnvs());

function read(env: { PUBSUB_EMULATOR_HOST?: string; STORAGE_EMULATOR_HOST?: string }) {
  vi.stubEnv('PUBSUB_EMULATOR_HOST', env.PUBSUB_EMULATOR_HOST);
  vi.stubEnv('STORAGE_EMULATOR_HOST', env.STORAGE_EMULATOR_HOST);
  return externalServers();
}

it.each([
  ['127.0.0.1:4600', 'http://127.0.0.1:4600'],
  ['localhost:4600', 'http://localhost:4600'],
  ['[::1]:4600', 'http://[::1]:4600'],
  ['http://127.0.0.1:4600', 'http://127.0.0.1:4600'],
  ['http://127.0.0.1:4600/', 'http://127.0.0.1:4600'],
  ['https://storage.internal', 'https://storage.internal'],
])('externalServers reads STORAGE_EMULATOR_HOST=%s as the server %s', (value, storage) => {
  expect(read({ STORAGE_EMULATOR_HOST: value })).toEqual({ storage });
  expect(process.env.STORAGE_EMULATOR_HOST).toBeUndefined();
});

it.each(['nonsense', 'ftp://127.0.0.1:1', 'http://user@127.0.0.1:1', 'http://127.0.0.1:1/storage/v1', '127.0.0.1'])(
  'STORAGE_EMULATOR_HOST=%s is refused, and the error says what to write',
  (value) => {
    expect(() => read({ STORAGE_EMULATOR_HOST: value })).toThrow(
      expect.objectContaining({ exitCode: 64, message: expect.stringContaining('expected http://host:port') }),
    );
  },
);

it.each(['nonsense', 'http://127.0.0.1:8085', '127.0.0.1:port', ':8085'])(
  'PUBSUB_EMULATOR_HOST=%s is refused before any client waits for it',
  (value) => {
    expect(() => read({ PUBSUB_EMULATOR_HOST: value })).toThrow(CliError);
    expect(() => read({ PUBSUB_EMULATOR_HOST: value })).toThrow(/expected host:port/);
  },
);

it('an environment without emulator variables has no external server', () => {
  expect(read({})).toEqual({});
});
