import { http } from '@google-cloud/functions-framework';
import { type Config, readConfig } from '../../core/config.ts';
import { systemClock } from '../../host/clock.ts';
import { jsonLog } from '../../host/log.ts';
import { type Cloud, connectCloud } from '../cloud.ts';
import { hideStacks } from './hide-stacks.ts';

export type Answer = { status: number; json: object; headers?: Record<string, string> };

/** Registers an HTTP function that answers `GET` with JSON. */
export function httpFunction(
  name: string,
  answer: (path: string, context: { cloud: Cloud; config: Config }) => Promise<Answer>,
): void {
  hideStacks();
  const config = readConfig(process.env);
  const cloud = connectCloud(config, systemClock, jsonLog(name));
  http(name, async (request, response) => {
    const { status, json, headers } = isRead(request.method)
      ? await answer(request.path, { cloud, config }).catch((error: unknown) => failed(error, cloud))
      : { status: 405, json: { error: 'only GET is served' }, headers: { Allow: 'GET, HEAD' } };
    response
      .set({ 'Cache-Control': 'no-store', ...headers })
      .status(status)
      .json(json);
  });
}

/** Logs the error and answers without details, because the caller may be anyone on the network. */
function failed(error: unknown, { log }: Cloud): Answer {
  log.error('request failed', { error: String(error), stack_trace: error instanceof Error ? error.stack : undefined });
  return { status: 500, json: { error: 'internal error' } };
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
