import { describe, expect, it } from 'vitest';
import { openGuard } from '#functions/core/records/guard.ts';
import { StorageError } from '#functions/ports/sandbox.ts';
import { pinnedAssignment } from '../../fixtures/archives/pinned.ts';
import { digest, Stage } from './stage.ts';

const ASSIGNMENT = 'assignments/codex/acme.json';
const GUARD = 'assignments/guard.json';

/** Nothing was run, no environment is there. */
function expectNoRun(stage: Stage): void {
  expect(stage.happened).not.toContain('run work');
  expect(stage.env).toBe('absent');
}

describe('runSandbox', () => {
  it('runs every step once and in order', async () => {
    const stage = new Stage();
    expect(await stage.run()).toBe(0);
    expect(stage.happened).toEqual([
      `read ${GUARD}`,
      `read ${ASSIGNMENT}`,
      'read pins/codex/00000001.json',
      'source',
      'unpack',
      'reveal',
      'discard',
      'receipt adopted',
      `read ${GUARD}`,
      `read ${ASSIGNMENT}`,
      'run work',
      'receipt finished',
    ]);
    expect(stage.receipts.get('adopted')).toMatchObject({ digest, expectedDigest: digest, environmentGeneration: '7' });
    expect(stage.errors).toEqual([]);
  });

  it('uploads the results between the workload and the last receipt', async () => {
    const stage = new Stage();
    expect(await stage.run(['--results-upload-url', 'gs://results/acme/x'])).toBe(0);
    expect(stage.happened.slice(-4)).toEqual(['run work', 'archive results', 'close results', 'receipt finished']);
    expect(stage.happened.indexOf('prepare results')).toBeLessThan(stage.happened.indexOf('receipt adopted'));
  });

  it('refuses an environment that was reassigned during the download', async () => {
    const stage = new Stage();
    stage.when('receipt adopted', () =>
      stage.objects.set(ASSIGNMENT, { ...pinnedAssignment(digest), launchId: 'launch-2' }),
    );
    expect(await stage.run()).toBe(75);
    expect(stage.happened.slice(-2)).toEqual(['conceal', 'receipt superseded']);
    expectNoRun(stage);
  });

  it('refuses a console run whose revision was replaced during the download', async () => {
    const stage = new Stage();
    stage.when('unpack', () => stage.objects.set(ASSIGNMENT, { ...pinnedAssignment(digest), revision: 2 }));
    expect(await stage.run([], {})).toBe(75);
    expect(stage.receipts.get('superseded')).toMatchObject({ revision: 1, code: 'SUPERSEDED' });
    expectNoRun(stage);
  });

  it.each([
    ['REVOKED', { revokedDigests: [digest] }],
    ['REVOKED', { revokedDigests: [`sha256:${digest.slice(7).toUpperCase()}`] }],
    ['LOCKED_DOWN', { lockdown: true }],
  ])('runs nothing if the digest becomes %s after the adopted receipt', async (code, guard) => {
    const stage = new Stage();
    stage.when('receipt adopted', () => stage.objects.set(GUARD, { ...openGuard, ...guard }));
    expect(await stage.run()).toBe(77);
    expect(stage.receipts.get('refused')).toMatchObject({ code });
    expectNoRun(stage);
  });

  it('downloads nothing for a replaced launch, even if the guard cannot be read', async () => {
    const stage = new Stage();
    stage.objects.set(GUARD, new StorageError('unavailable', 'HTTP 503'));
    expect(await stage.run([], { PINCAST_LAUNCH_ID: 'launch-0' })).toBe(75);
    expect(stage.happened).not.toContain('source');
    expectNoRun(stage);
  });

  it('runs nothing without a guard, and refuses', async () => {
    const stage = new Stage();
    stage.objects.delete(GUARD);
    expect(await stage.run()).toBe(77);
    expect(stage.receipts.get('refused')).toMatchObject({ code: 'NOT_REGISTERED' });
    expectNoRun(stage);
  });

  it.each([
    ['an unavailable ledger', new StorageError('unavailable', 'HTTP 503'), 'LEDGER_UNAVAILABLE'],
    ['an invalid assignment', '{"formatVersion":2}', 'LEDGER_CORRUPT'],
    ['an assignment that is not JSON', 'x', 'LEDGER_CORRUPT'],
  ])('exits 69 and runs nothing with %s', async (_what, object, code) => {
    const stage = new Stage();
    stage.objects.set(ASSIGNMENT, object);
    expect(await stage.run()).toBe(69);
    expect(stage.receipts.get('failed')).toMatchObject({ code, digest: null });
    expectNoRun(stage);
  });

  it('refuses to run if its receipt’s name is taken', async () => {
    const stage = new Stage();
    stage.created = 'taken';
    expect(await stage.run()).toBe(77);
    expect(stage.errors).toMatchObject([{ code: 'RECEIPT_TAKEN', exitCode: 77 }]);
    expectNoRun(stage);
  });

  it('continues if its own lost attempt may have created the receipt', async () => {
    const stage = new Stage();
    stage.created = 'presumed';
    expect(await stage.run()).toBe(0);
    expect(stage.happened).toContain('run work');
  });

  it.each([
    ['an exit code', { exitCode: 9, signal: null, timedOut: false }, 9, { exitCode: 9, signal: null, code: null }],
    ['a signal', { exitCode: null, signal: 'SIGKILL', timedOut: false }, 137, { exitCode: 137, signal: 'SIGKILL' }],
    ['its time', { exitCode: null, signal: 'SIGTERM', timedOut: true }, 124, { exitCode: 124, code: 'TIMEOUT' }],
  ])('exits like a workload that ended by %s', async (_what, end, exitCode, receipt) => {
    const stage = new Stage();
    stage.end = end;
    expect(await stage.run(['--timeout', '5'])).toBe(exitCode);
    expect(stage.receipts.get('finished')).toMatchObject(receipt);
  });

  it('exits 74 if results are lost, and keeps the exit code of a failed workload', async () => {
    const lost = new Stage();
    lost.upload = { put: () => Promise.reject(new StorageError('refused', 'HTTP 403')) };
    expect(await lost.run(['--results-upload-url', 'gs://results/acme/x'])).toBe(74);
    expect(lost.receipts.get('finished')).toMatchObject({ exitCode: 74, code: 'RESULTS_UPLOAD_FAILED' });
    expect(lost.happened).toContain('close results');
    const failed = new Stage();
    failed.upload = lost.upload;
    failed.end = { exitCode: 3, signal: null, timedOut: false };
    expect(await failed.run(['--results-upload-url', 'gs://results/acme/x'])).toBe(3);
    expect(failed.errors).toMatchObject([{ code: 'RESULTS_UPLOAD_FAILED' }]);
  });

  it('stops before the workload at SIGTERM, with a receipt', async () => {
    const stage = new Stage();
    stage.when('unpack', () => stage.interruption.abort('SIGTERM'));
    expect(await stage.run()).toBe(143);
    expect(stage.receipts.get('failed')).toMatchObject({ code: 'INTERRUPTED' });
    expect(stage.happened).toContain('discard');
    expectNoRun(stage);
  });

  it('commits nothing if TERM arrived during the unpacking', async () => {
    const stage = new Stage();
    stage.when('unpack', () => {
      stage.pendingSignal = 'SIGTERM';
    });
    expect(await stage.run()).toBe(143);
    expect(stage.happened).not.toContain('reveal');
    expectNoRun(stage);
  });

  it('starts no workload if TERM arrived after the last read of the guard', async () => {
    const stage = new Stage();
    const sawGuardAgain = () => {
      stage.pendingSignal = 'SIGTERM';
    };
    stage.when('receipt adopted', () => stage.when(`read ${GUARD}`, sawGuardAgain));
    expect(await stage.run()).toBe(143);
    expect(stage.happened.slice(-2)).toEqual(['conceal', 'receipt failed']);
    expectNoRun(stage);
  });

  it('stops an upload after the grace period, and still writes its receipt', async () => {
    const stage = new Stage();
    stage.upload = { put: () => new Promise(() => undefined) };
    stage.when('archive results', () => stage.interruption.abort('SIGTERM'));
    expect(await stage.run(['--results-upload-url', 'gs://results/acme/x'])).toBe(74);
    expect(stage.receipts.get('finished')).toMatchObject({ code: 'RESULTS_UPLOAD_FAILED' });
  });
});
