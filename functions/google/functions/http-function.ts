import { http } from '@google-cloud/functions-framework';
import { readConfig } from '../../core/config.ts';
import { jsonLog } from '../../host/log.ts';
import { connectFleetReader, type FleetReader } from '../fleet-reader.ts';
import { hideStacks } from './hide-stacks.ts';

export type Answer = { status: number; json: object; headers?: Record<string, string> };

/** Registers an HTTP function that answers `GET` with JSON. */
export function httpFunction(name: string, answer: (path: string, reader: FleetReader) => Promise<Answer>): void {
  hideStacks();
  const reader = connectFleetReader(readConfig(process.env), jsonLog(name));
  http(name, async (request, response) => {
    const { status, json, headers } = isRead(request.method)
      ? await answer(request.path, reader).catch((error: unknown) => failed(error, reader))
      : { status: 405, json: { error: 'only GET is served' }, headers: { Allow: 'GET, HEAD' } };
    response
      .set({ 'Cache-Control': 'no-store', ...headers })
      .status(status)
      .json(json);
  });
}

/** Logs the error and answers without details, because any caller on the network may get it. */
function failed(error: unknown, { log }: FleetReader): Answer {
  log.error('request failed', { error: String(error), stack_trace: error instanceof Error ? error.stack : undefined });
  return { status: 500, json: { error: 'internal error' } };
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
