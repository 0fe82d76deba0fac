import { userInfo } from 'node:os';
import { systemClock } from '../../host/clock.ts';
import type { Log } from '../../ports/system.ts';
import { type Output, streamOutput } from '../output/output.ts';
import { sanitizeForTerminal } from '../output/printable.ts';
import { connect } from '../target/connect.ts';
import { findTarget } from '../target/find.ts';
import type { Session } from './session.ts';

/** This process as a session. */
export function processSession(): Session {
  const { env } = process;
  const cwd = process.cwd();
  const err = streamOutput(process.stderr, env);
  outliveReaders();
  return {
    out: streamOutput(process.stdout, env),
    err,
    env,
    cwd,
    user: userName(env),
    clock: systemClock,
    findTarget: () => findTarget(env, cwd),
    connect: (target) => connect(target, systemClock, warningsOnly(err)),
  };
}

/** `pincast status | head -1` closes the pipe early: the command goes on, so that its exit code is true. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** A user without an entry in the password file has no name. */
function userName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    return env.USER || 'unknown';
  }
}

function warningsOnly(err: Output): Log {
  const warn: Log['warn'] = (message, fields) =>
    err.write(`warning: ${sanitizeForTerminal(`${message} ${JSON.stringify(fields ?? {})}`)}\n`);
  return { info: () => {}, warn, error: warn };
}
