import { describe, expect, it, vi } from 'vitest';
import { type Made, tar } from '../fixtures/archives/tar.ts';
import { startDirect } from './direct.ts';

const WAIT = { timeout: 15_000, interval: 20 };
const work: Made = { name: 'bin/work', content: '#!/bin/sh\necho "ran with $GREETING $1"\n', mode: 0o755 };
const activate = (body: string): Made => ({ name: 'activate.sh', content: `${body}\n` });
const run = (entries: readonly Made[], command = ['work', 'a b']) =>
  startDirect(tar([work, ...entries]), { command }).ended;

describe('activate.sh', () => {
  it.each<[string, RegExp, Made]>([
    ['returns 3', /failed with status 3/, activate('echo why; return 3')],
    ['has a syntax error', /[Ss]yntax error/, activate('if then fi (')],
    ['ends the shell with exit 0', /ended the shell with exit 0/, activate('echo bye; exit 0')],
    ['fails under set -e', /failed with status 1/, activate('set -e; false; true')],
    ['is a folder', /activate\.sh/, { name: 'activate.sh', type: '5' }],
    ['leads nowhere', /activate\.sh/, { name: 'activate.sh', type: '2', target: 'nowhere' }],
  ])('a script that %s ends the run with 76 and its output, and no workload starts', async (_how, message, entry) => {
    const ran = await run([entry]);
    expect(ran).toMatchObject({ exitCode: 76, stdout: '', error: { code: 'ACTIVATION_FAILED', exitCode: 76 } });
    expect(ran.error?.message).toMatch(message);
    expect(ran.error?.script).toMatch(/env\/activate\.sh$/);
  });

  it('a script that fails reports the last 4,000 characters of its output', async () => {
    const ran = await run([activate('i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done; return 1')]);
    expect(ran).toMatchObject({ exitCode: 76, stdout: '' });
    expect(ran.error?.output).toMatch(/line 4999\n$/);
    expect(String(ran.error?.output).length).toBeLessThanOrEqual(4_000);
  });

  it.skipIf(process.getuid?.() === 0)('an unreadable script ends the run with 76', async () => {
    const ran = await run([{ ...activate('true'), mode: 0o200 }]);
    expect(ran).toMatchObject({ exitCode: 76, stdout: '', error: { code: 'ACTIVATION_FAILED' } });
  });

  it('a script sets variables, gets no arguments, and cannot replace the command', async () => {
    const ran = await run([activate('export GREETING="[$#:$1]"; set -- echo HIJACKED')]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'ran with [0:] a b\n' });
  });

  it('a script writes to stderr and cannot redirect the workload’s output', async () => {
    const ran = await run([activate('echo from activate; exec > /dev/null')]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'ran with  a b\n', stderr: 'from activate\n' });
  });

  it('a process that the script leaves behind does not delay the run', async () => {
    const ran = await run([activate('sleep 600 & export GREETING=hello')]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'ran with hello a b\n' });
  });

  it('the sandbox ends a script that waits forever when it receives TERM', async () => {
    const sandbox = startDirect(tar([work, activate('echo ready >&2; while :; do sleep 0.05; done')]), {
      command: ['work'],
    });
    await vi.waitFor(() => expect(sandbox.stderr()).toContain('ready'), WAIT);
    sandbox.kill('SIGTERM');
    expect(await sandbox.ended).toMatchObject({ exitCode: 143, stdout: '' });
  });

  it('the sandbox ends a script that waits forever at the run’s timeout', async () => {
    const input = { command: ['work'], env: { PINCAST_TIMEOUT: '1' } };
    const ran = await startDirect(tar([work, activate('while :; do sleep 0.05; done')]), input).ended;
    expect(ran).toMatchObject({ exitCode: 124, stdout: '', error: { code: 'TIMEOUT' } });
  });

  it('the reports of a missing command and of exit code 127 are the same with a script', async () => {
    const missing = await run([activate('true')], ['nowhere']);
    expect(missing).toMatchObject({ exitCode: 127, error: { code: 'COMMAND_NOT_FOUND' } });
    const own = await run([activate('true'), { ...work, name: 'bin/own', content: '#!/bin/sh\nexit 127\n' }], ['own']);
    expect(own.exitCode).toBe(127);
    expect(own.error).toBeUndefined();
  });
});
