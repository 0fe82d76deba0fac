import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../faults.ts';
import { acknowledges, type PushRequest } from './push-request.ts';

export type PushDelivery = {
  /** Resolves to true if the endpoint acknowledged; false after a transport fault or a timeout. */
  deliver(request: PushRequest, timeoutMilliseconds: number, fault: Fault | undefined): Promise<boolean>;
  close(): void;
};

type Attempt = { status?: number; staleConnection?: boolean };

/** Connections to push endpoints, which are kept and used again. */
export function pushDelivery(): PushDelivery {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  const underWay = new Set<ClientRequest>();

  function open({ url, headers }: PushRequest): ClientRequest {
    const options = { method: 'POST', headers };
    if (url.protocol === 'https:') return httpsRequest(url, { ...options, agent: agents.https });
    return httpRequest(url, { ...options, agent: agents.http });
  }

  function attempt(request: PushRequest, timeout: number, fault: Fault | undefined): Promise<Attempt> {
    const { promise, resolve } = Promise.withResolvers<Attempt>();
    const call = open(request);
    underWay.add(call);
    const timer = setTimeout(() => call.destroy(new Error('the acknowledgement deadline has passed')), timeout);
    call.on('response', (response) => {
      response.on('error', () => {});
      response.on('end', () => resolve({ status: response.statusCode ?? 0 }));
      response.resume();
    });
    // 102 comes as an interim response; the final one decides when it follows.
    call.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ staleConnection: call.reusedSocket && error.code === 'ECONNRESET' });
    });
    call.on('close', () => {
      clearTimeout(timer);
      underWay.delete(call);
      resolve({});
    });
    if (fault?.kind === 'truncate') call.write(request.body.subarray(0, fault.bytes), () => call.destroy());
    else call.end(request.body);
    return promise;
  }

  return {
    async deliver(request, timeout, fault) {
      if (fault?.kind === 'status') return acknowledges(fault.status);
      if (fault?.kind === 'reset') return false;
      if (fault?.kind === 'delay') await sleep(fault.milliseconds);
      let outcome = await attempt(request, timeout, fault);
      // The endpoint closed the kept connection before the request arrived.
      if (outcome.staleConnection) outcome = await attempt(request, timeout, fault);
      if (fault?.kind === 'lost-response' || outcome.status === undefined) return false;
      return acknowledges(outcome.status);
    },
    close() {
      for (const call of underWay) call.destroy();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}
