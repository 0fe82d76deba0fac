import { userInfo } from 'node:os';
import { systemClock } from '../host/clock.ts';
import type { Log } from '../ports/system.ts';
import { type Output, streamOutput } from './output/output.ts';
import { sanitizeForTerminal } from './output/text.ts';
import type { Session } from './session.ts';
import { connect } from './target/connect.ts';
import { findTarget } from './target/find.ts';

/** The session of this process. */
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

/** Ignores EPIPE: after `pincast status | head -1` the command completes, so that its exit code is correct. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Falls back to `USER`, because a user without a passwd entry has no name. */
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
