import type { PushClaims } from './cloud.ts';

/** The claims of an `Authorization: Bearer <JWT>` header, without a check of its signature; none where it holds no JWT. */
export function claimsOf(authorization: string): PushClaims {
  const [, payload = ''] = authorization.replace(/^Bearer /, '').split('.');
  try {
    const { aud, email } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as PushClaims;
    return { ...(aud !== undefined && { aud }), ...(email !== undefined && { email }) };
  } catch {
    return {};
  }
}
