import { isTransientStatus } from '../../core/values/retry.ts';

const SOCKET = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'UND_ERR_SOCKET',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** True if the same call may succeed later: the server was overloaded or unreachable, or the connection broke. */
export function isTransient(error: unknown): boolean {
  const status = httpStatus(error);
  if (status !== undefined) return isTransientStatus(status);
  return causes(error).some(({ code, message }) => isBrokenConnection(code, message));
}

/** The HTTP status of a storage error; undefined if the server did not answer. */
export function httpStatus(error: unknown): number | undefined {
  const { code, status, response } = (error ?? {}) as {
    code?: unknown;
    status?: unknown;
    response?: { status?: unknown };
  };
  return [code, status, response?.status].map(Number).find((value) => value >= 100 && value < 600);
}

function isBrokenConnection(code: unknown, message: unknown): boolean {
  return (
    (typeof code === 'string' && SOCKET.has(code)) ||
    (typeof message === 'string' &&
      /socket hang up|premature close|network socket disconnected|fetch failed/i.test(message))
  );
}

function causes(error: unknown): { code?: unknown; message?: unknown }[] {
  const found: { code?: unknown; message?: unknown }[] = [];
  let current = error;
  while (current instanceof Error && found.length < 5) {
    found.push(current as { code?: unknown; message?: unknown });
    current = current.cause;
  }
  return found;
}
