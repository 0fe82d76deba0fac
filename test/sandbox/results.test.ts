import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tar } from '../fixtures/archives/tar.ts';
import { temporaryFolder } from '../fixtures/archives/temporary-folder.ts';
import { startDirect } from './direct.ts';
import { digestOf, runSandboxProcess, SandboxFleet } from './fleet.ts';

/** Writes into the results folder as the test says, and exits as it says. */
const WORK = '#!/bin/sh\ncd "$(echo "$WT_RESULTS" | sed s,^file://,,)" && eval "$1"\n';
const environment = tar([{ name: 'bin/work', content: WORK, mode: 0o755 }]);

type Put = { method: string | undefined; headers: IncomingMessage['headers']; body: Buffer };

/** A server that takes uploads and answers with these statuses in turn; afterwards with 200. */
async function uploadServer(statuses: number[] = []) {
  const puts: Put[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    puts.push({ method: request.method, headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { puts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/o?X-Goog-Signature=s3cret` };
}

function run(upload: string, script: string, digest?: string) {
  const results = join(temporaryFolder(), 'results');
  const args = ['--results-url', `file://${results}`, '--results-upload-url', upload];
  if (digest !== undefined) args.push('--environment-tar-digest', digest);
  const sandbox = startDirect(environment, { args, command: ['work', script] });
  return sandbox.ended.then((ran) => ({ ...ran, results }));
}

/** The archive's entries as GNU tar sees them, unpacked. */
function unpacked(archive: Buffer): { folder: string; names: string[] } {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.tar.gz'), archive);
  mkdirSync(join(folder, 'out'));
  execFileSync('tar', ['xzf', 'a.tar.gz', '-C', 'out'], { cwd: folder });
  const names = execFileSync('tar', ['tzf', 'a.tar.gz'], { cwd: folder, encoding: 'utf8' }).trim().split('\n');
  return { folder: join(folder, 'out'), names };
}

const MAKE = 'mkdir d; echo one > d/result.json; ln -s d/result.json latest; chmod 6755 d/result.json';

describe('pincast-sandbox with a results folder', () => {
  it('uploads one archive with the receipt and the files, under its type and length', async () => {
    const { puts, url } = await uploadServer();
    const ran = await run(url, MAKE);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '', left: ['env', 'env/bin', 'env/bin/work'] });
    const [put] = puts as [Put];
    expect(puts).toHaveLength(1);
    expect(put.method).toBe('PUT');
    expect(put.headers).toMatchObject({ 'content-type': 'application/gzip', 'content-length': `${put.body.length}` });
    const { folder, names } = unpacked(put.body);
    expect(names).toEqual(['pincast-receipt.json', 'd', 'd/result.json', 'latest']);
    expect(readFileSync(join(folder, 'latest'), 'utf8')).toBe('one\n');
    const receipt = JSON.parse(readFileSync(join(folder, 'pincast-receipt.json'), 'utf8'));
    expect(receipt).toMatchObject({ digest: digestOf(environment), exitCode: 0, bytes: environment.length });
  });

  it('archives files without owner names and set-id bits', async () => {
    const { puts, url } = await uploadServer();
    await run(url, MAKE);
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.tgz'), puts[0]?.body ?? '');
    const lines = execFileSync('tar', ['tvzf', join(folder, 'a.tgz'), '--numeric-owner'], { encoding: 'utf8' });
    expect(lines).toMatch(/^-rwxr-xr-x 0\/0 .* d\/result.json$/m);
    expect(
      lines
        .trim()
        .split('\n')
        .every((line) => line.includes(' 0/0 ')),
    ).toBe(true);
  });

  it('uploads the results of a failed workload, and keeps its exit code', async () => {
    const { puts, url } = await uploadServer();
    expect((await run(url, `${MAKE}; exit 9`)).exitCode).toBe(9);
    expect(unpacked(puts[0]?.body as Buffer).names).toContain('d/result.json');
  });

  it('retries the upload if the server answers 5xx', async () => {
    const { puts, url } = await uploadServer([503, 500]);
    const ran = await run(url, MAKE);
    expect(ran.exitCode).toBe(0);
    expect(puts).toHaveLength(3);
    expect(puts[2]?.body.equals(puts[0]?.body as Buffer)).toBe(true);
    expect(ran.stderr).not.toContain('s3cret');
  });

  it('does not retry a 403, and shows no signature', async () => {
    const { puts, url } = await uploadServer([403]);
    const ran = await run(url, MAKE);
    expect(ran).toMatchObject({ exitCode: 74, error: { code: 'RESULTS_UPLOAD_FAILED' } });
    expect(puts).toHaveLength(1);
    expect(ran.stderr).toContain('/o?REDACTED');
    expect(ran.stderr).not.toContain('s3cret');
  });

  it.each([
    ['a link that leads out', 'ln -s ../../etc/passwd out', 'out'],
    ['a link to an absolute path', 'ln -s /etc/passwd out', 'out'],
    ['a FIFO', 'mkdir d; mkfifo d/pipe', 'd/pipe'],
    ['a forged receipt', 'echo {} > pincast-receipt.json', 'pincast-receipt.json'],
  ])('refuses results with %s, names the entry, and uploads nothing', async (_what, script, entry) => {
    const { puts, url } = await uploadServer();
    const ran = await run(url, script);
    expect(ran).toMatchObject({ exitCode: 74, error: { code: 'RESULTS_REFUSED', entry } });
    expect(ran.left).toEqual(['env', 'env/bin', 'env/bin/work']);
    expect(puts).toEqual([]);
  });

  it('writes the results to a local file for a file: URL', async () => {
    const target = join(temporaryFolder(), 'deep', 'results.tar.gz');
    expect((await run(`file://${target}`, MAKE)).exitCode).toBe(0);
    expect(unpacked(readFileSync(target)).names).toContain('latest');
  });

  it('creates no results folder and uploads nothing after a digest mismatch', async () => {
    const { puts, url } = await uploadServer();
    const ran = await run(url, MAKE, `sha256:${'0'.repeat(64)}`);
    expect(ran).toMatchObject({ exitCode: 65, stdout: '', left: [], error: { code: 'DIGEST_MISMATCH' } });
    expect(existsSync(ran.results)).toBe(false);
    expect(puts).toEqual([]);
  });
});

describe('pincast-sandbox with results in pinned mode', () => {
  it('stores the results in the bucket under the execution’s name, with the pin’s receipt', async () => {
    const fleet = await SandboxFleet.start();
    onTestFinished(() => fleet.close());
    const { digest } = await fleet.pin(environment);
    const folder = temporaryFolder();
    const args = ['--results-url', `file://${folder}/results`, '--results-upload-url', 'gs://acme-results/acme/'];
    const line = [...fleet.pinnedFlags(), '--work-dir', `${folder}/work`, ...args, '--', 'work', 'echo 1 > a'];
    expect(await runSandboxProcess(line)).toMatchObject({ exitCode: 0, stderr: '' });
    const object = fleet.client.bucket('acme-results').file('acme/acme-job-x1-0-0.tar.gz');
    const [metadata] = await object.getMetadata();
    expect(metadata.contentType).toBe('application/gzip');
    const [body] = await object.download({ validation: false, decompress: false });
    const { names, folder: out } = unpacked(body);
    expect(names).toEqual(['pincast-receipt.json', 'a']);
    const receipt = JSON.parse(readFileSync(join(out, 'pincast-receipt.json'), 'utf8'));
    expect(receipt).toMatchObject({ tenant: 'acme', runtime: 'codex', revision: 1, digest, execution: 'acme-job-x1' });
    const again = await runSandboxProcess(line.with(line.indexOf(`${folder}/work`), `${folder}/again`), {
      CLOUD_RUN_TASK_ATTEMPT: '0',
      CLOUD_RUN_EXECUTION: 'acme-job-x1',
    });
    expect(again).toMatchObject({ exitCode: 77, error: { code: 'RECEIPT_TAKEN' } });
  });
});
