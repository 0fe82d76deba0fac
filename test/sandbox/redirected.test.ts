import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { pinnedCommand } from '#functions/core/sandbox/pinned-command.ts';
import { temporaryFolder } from '../fixtures/archives/temporary-folder.ts';
import { missingNamespaces } from '../fixtures/namespaces.ts';
import { ENTRY, errorOf } from './fleet.ts';

const missing = missingNamespaces('ip');
if (missing !== undefined) process.stderr.write(`SKIPPED, a network that lies: ${missing}\n`);

const LIAR = join(import.meta.dirname, '../fixtures/lying-network.ts');
/** glibc asks for `storage.googleapis.com.evil.test` before the name itself. */
const DNS = { LOCALDOMAIN: 'evil.test', RES_OPTIONS: 'ndots:15' };
const CONTAINER = {
  PATH: '/usr/bin:/bin',
  HOME: '/root',
  METADATA_SERVER_DETECTION: 'none',
  CLOUD_RUN_EXECUTION: 'acme-x1',
};

type Seen = {
  exitCode: number;
  stdout: string;
  stderr: string;
  connections: number;
  requests: { url: string; authorization?: string }[];
};

/** Runs a command where the resolver and the one server lie. */
async function amongLiars(command: string[], env: (certificate: string) => Record<string, string>): Promise<Seen> {
  const folder = temporaryFolder();
  const [key, certificate, resolver] = ['key.pem', 'cert.pem', 'resolv.conf'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const names = 'subjectAltName=DNS:storage.googleapis.com';
  const made = ['-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=liar', '-addext', names];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...made], { stdio: 'ignore' });
  writeFileSync(resolver, 'nameserver 127.0.0.1\n');
  const script = 'ip link set lo up && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
  const liar = [process.execPath, LIAR, key, certificate, ...command];
  const line = ['--net', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', resolver, ...liar];
  const all = {
    ...process.env,
    COMMAND_ENV: JSON.stringify({ ...CONTAINER, ...env(readFileSync(certificate, 'utf8')) }),
  };
  return JSON.parse((await promisify(execFile)('unshare', line, { env: all })).stdout);
}

const direct = (folder: string) => [
  ...[process.execPath, ENTRY, '--environment-tar-url', 'https://storage.googleapis.com/b/e.tar'],
  ...['--environment-tar-digest', `sha256:${'0'.repeat(64)}`, '--launch', 'verify', '--work-dir', folder],
];

const pinned = (folder: string) => [
  ...pinnedCommand({
    node: process.execPath,
    entrypoint: ENTRY,
    path: '/usr/bin:/bin',
    ...{
      tenant: 'acme',
      runtime: 'codex',
      pins: 'acme-pins',
      assignments: 'acme-assignments',
      receipts: 'acme-receipts',
    },
  }),
  ...['--work-dir', folder, '--', 'work'],
];

const LIES: [string, (certificate: string) => Record<string, string>][] = [
  ['certificates unchecked', () => ({ ...DNS, NODE_TLS_REJECT_UNAUTHORIZED: '0' })],
  [
    'a certificate in a variable',
    (pem) => ({ ...DNS, NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: '/proc/self/environ', X: `\n${pem}` }),
  ],
  ['logs of the client', () => ({ ...DNS, GOOGLE_SDK_NODE_LOGGING: '*', NODE_DEBUG: 'http,net,tls' })],
  ['another storage', () => ({ ...DNS, STORAGE_EMULATOR_HOST: 'https://storage.googleapis.com' })],
];

describe.skipIf(missing !== undefined && process.env.CI !== 'true')(
  'a run whose variables lead to another server',
  () => {
    it.each(LIES)('pinned mode refuses the run before it connects: %s', async (_how, env) => {
      if (missing !== undefined) throw new Error(missing);
      const seen = await amongLiars(pinned(temporaryFolder()), env);
      expect(seen).toMatchObject({ exitCode: 64, stdout: '', connections: 0, requests: [] });
      const { code, message } = errorOf(seen.stderr) as { code: string; message: string };
      expect(code).toBe('USAGE');
      for (const name of ['LOCALDOMAIN', 'RES_OPTIONS']) expect(message).toContain(name);
      expect(message).not.toContain('evil.test');
    });

    it.each(LIES.slice(0, 2))(
      'a direct run connects to the other server, which proves the attack: %s',
      async (_how, env) => {
        const seen = await amongLiars(direct(temporaryFolder()), env);
        expect(seen.requests.map(({ url }) => url)).toContain('/b/e.tar');
        expect(errorOf(seen.stderr)).toMatchObject({ code: 'DIGEST_MISMATCH' });
      },
    );

    it('a direct run without the variables does not connect', async () => {
      const seen = await amongLiars(direct(temporaryFolder()), () => ({}));
      expect(seen).toMatchObject({ exitCode: 69, connections: 0 });
    });
  },
);
