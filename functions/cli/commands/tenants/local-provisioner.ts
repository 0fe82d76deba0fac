import { CliError, exitCodes } from '../../errors.ts';

const TIMEOUT_MS = 30_000;
const MAX_RESPONSE_BYTES = 64 * 1024;

type ProvisionerResponse = { status: number; json: { job?: unknown; error?: unknown } };

/**
 * Requests a tenant's job, permissions and registration from the local cloud.
 *
 * @returns the job; `exists` if the tenant is registered already. @throws CliError
 */
export async function provisionLocally(base: string, runtime: string, tenant: string): Promise<string | 'exists'> {
  const body = JSON.stringify({ runtime, tenant });
  const headers = { 'content-type': 'application/json' };
  const answer = await sendRequest(`${base}/tenants`, { method: 'POST', headers, body });
  if (answer.status === 409) return 'exists';
  if (answer.status !== 201 || typeof answer.json.job !== 'string') throw unexpectedResponse(answer);
  return answer.json.job;
}

/** @throws CliError */
export async function removeLocally(base: string, runtime: string, tenant: string): Promise<'removed' | 'absent'> {
  const answer = await sendRequest(`${base}/tenants/${runtime}/${tenant}`, { method: 'DELETE' });
  if (answer.status === 404) return 'absent';
  if (answer.status < 200 || answer.status > 299) throw unexpectedResponse(answer);
  return 'removed';
}

async function sendRequest(url: string, request: RequestInit): Promise<ProvisionerResponse> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
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
    if (bytes > MAX_RESPONSE_BYTES) throw new Error(`its response has more than ${MAX_RESPONSE_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function unexpectedResponse({ status, json }: ProvisionerResponse): CliError {
  const why = typeof json.error === 'string' ? json.error : 'it does not say why';
  return new CliError(exitCodes.unavailable, `the local cloud answered ${status}: ${why}`);
}
