import type { Message } from '../../grpc/service-definition.ts';
import type { PushConfig } from './resources.ts';
import { RpcError } from './rpc-error.ts';
import { refuseUnsupported } from './unsupported.ts';

const NO_PUSH: PushConfig = { pushEndpoint: '', attributes: {}, oidcToken: null };

function checkEndpoint(endpoint: string): void {
  const protocol = URL.canParse(endpoint) ? new URL(endpoint).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return;
  throw new RpcError(
    'INVALID_ARGUMENT',
    `Invalid push endpoint given (endpoint=${endpoint}): an http(s) URL is wanted.`,
  );
}

/**
 * What a request says about pushing; without an endpoint the subscription is pulled. Plain http is accepted, unlike
 * in Google Cloud: everything here stays on the loopback interface.
 *
 * @throws RpcError INVALID_ARGUMENT for an endpoint, UNIMPLEMENTED for an unwrapped push
 */
export function newPushConfig(asked: Message | null | undefined): PushConfig {
  const { pushEndpoint, attributes, oidcToken } = (asked ?? {}) as Partial<PushConfig>;
  if (asked?.noWrapper) refuseUnsupported('a push config', { noWrapper: true }, ['noWrapper']);
  if (!pushEndpoint) return NO_PUSH;
  checkEndpoint(pushEndpoint);
  return {
    pushEndpoint,
    attributes: attributes ?? {},
    oidcToken: oidcToken
      ? { serviceAccountEmail: oidcToken.serviceAccountEmail, audience: oidcToken.audience || pushEndpoint }
      : null,
  };
}
