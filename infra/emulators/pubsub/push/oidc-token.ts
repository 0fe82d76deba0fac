import type { PushConfig } from '../resources/resources.ts';

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/**
 * A token with the claims that Google would sign. It is openly unsigned (`alg: none`, an empty third part), so
 * a receiver that verifies signatures refuses it.
 */
export function unsignedToken(oidc: NonNullable<PushConfig['oidcToken']>, now: Date): string {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: 'https://accounts.google.com',
    aud: oidc.audience,
    azp: oidc.serviceAccountEmail,
    sub: oidc.serviceAccountEmail,
    email: oidc.serviceAccountEmail,
    email_verified: true,
    iat: issuedAt,
    exp: issuedAt + 3600,
  };
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
}
