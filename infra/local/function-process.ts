import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalFunction } from './layout.ts';
import { inRepository } from './repository.ts';

export type FunctionProcess = {
  pid: number;
  /** `http://127.0.0.1:PORT` */
  url: string;
  close(): Promise<void>;
};

const READY_MS = 30_000;
/** A push that is under way when the cloud stops is delivered again at its next start. */
const STOP_MS = 2_000;

/** Starts a function's server as a child process; its log lines go to `<logDir>/<name>.log`. */
export async function startFunction(
  { name, source }: LocalFunction,
  env: Record<string, string>,
  logDir: string,
): Promise<FunctionProcess> {
  await mkdir(logDir, { recursive: true });
  const child = fork(inRepository('infra/local/function-host.ts'), [inRepository(source), name], {
    env,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const log = createWriteStream(join(logDir, `${name}.log`), { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const port = await readyPort(child, name, join(logDir, `${name}.log`));
  return { pid: child.pid ?? 0, url: `http://127.0.0.1:${port}`, close: () => stop(child) };
}

async function readyPort(child: ChildProcess, name: string, log: string): Promise<number> {
  const timer = AbortSignal.timeout(READY_MS);
  const ready = once(child, 'message', { signal: timer }).then(([message]) => (message as { port: number }).port);
  const exited = once(child, 'exit', { signal: timer }).then(([code]) => {
    throw new Error(`the function ${name} ended with ${code} before it was ready; see ${log}`);
  });
  return Promise.race([ready, exited]);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}
