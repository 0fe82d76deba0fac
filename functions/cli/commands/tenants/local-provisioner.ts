import { CliError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';

const PATIENCE_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;

type Answer = { status: number; json: { job?: unknown; error?: unknown } };

/**
 * Has the local cloud make a tenant's job, permissions and registration.
 *
 * @returns the job; `exists` where the tenant is registered already. @throws TerminalError
 */
export async function provisionLocally(base: string, runtime: string, tenant: string): Promise<string | 'exists'> {
  const body = JSON.stringify({ runtime, tenant });
  const headers = { 'content-type': 'application/json' };
  const answer = await ask(`${base}/tenants`, { method: 'POST', headers, body });
  if (answer.status === 409) return 'exists';
  if (answer.status !== 201 || typeof answer.json.job !== 'string') throw unexpected(answer);
  return answer.json.job;
}

/** @throws TerminalError */
export async function removeLocally(base: string, runtime: string, tenant: string): Promise<'removed' | 'absent'> {
  const answer = await ask(`${base}/tenants/${runtime}/${tenant}`, { method: 'DELETE' });
  if (answer.status === 404) return 'absent';
  if (answer.status < 200 || answer.status > 299) throw unexpected(answer);
  return 'removed';
}

async function ask(url: string, request: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(PATIENCE_MS) });
    return { status: response.status, json: JSON.parse((await readBounded(response)) || '{}') };
  } catch (cause) {
    const message = `the local cloud does not answer at ${url}: ${(cause as Error).message}`;
    throw new CliError(exitCodes.unavailable, message, [], { cause });
  }
}

async function readBounded(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer has more than ${MAX_ANSWER_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function unexpected({ status, json }: Answer): CliError {
  const why = typeof json.error === 'string' ? json.error : 'it does not say why';
  return new CliError(exitCodes.unavailable, `the local cloud answered ${status}: ${why}`);
}
