import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A server in a process of its own, killed at the end of the test at the latest. */
export async function startChild(stateDir: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const script = join(import.meta.dirname, 'serve-until-killed.ts');
  const child = spawn(process.execPath, [script, stateDir], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const line = await new Promise<Buffer>((resolve, reject) => {
    child.stdout?.once('data', resolve);
    child.once('exit', () => reject(new Error('the server ended before it printed its endpoint')));
  });
  return { child, endpoint: line.toString().trim() };
}

/** The most memory that the process has had so far, in MiB. */
export async function peakMemoryOf(child: ChildProcess): Promise<number> {
  child.send('how much memory?');
  const [kibibytes] = (await once(child, 'message')) as [number];
  return kibibytes / 1024;
}
