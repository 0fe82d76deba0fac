import { redact } from './redact.ts';

/**
 * What may be shown of a text that grants access to whoever reads it: a signed URL, one with user info, a token. Undefined
 * where it grants nothing. A server decodes the names of parameters, so `X%2DGoog-Signature` is a signature as well.
 */
export function exposedSecret(text: string): string | undefined {
  const shown = shownUrl(text) ?? redact(text);
  return shown === text ? undefined : shown;
}

/** Undefined for what is no URL, and for a URL without secrets. */
function shownUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return undefined;
  const secrets = new Set([...url.searchParams.keys()].filter(isSecretName));
  const hasUserInfo = url.username !== '' || url.password !== '';
  if (secrets.size === 0 && !hasUserInfo) return undefined;
  for (const name of secrets) url.searchParams.set(name, 'REDACTED');
  if (hasUserInfo) Object.assign(url, { username: 'REDACTED', password: '' });
  return redact(url.href);
}

function isSecretName(name: string): boolean {
  return redact(`${name}=x`) !== `${name}=x`;
}
