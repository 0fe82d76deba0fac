const SECRET_PARAMETERS =
  /((?:^|[?&;\s"'(])(?:[a-z0-9_-]*(?:signature|credential|token|secret|password|api[-_]?key)|sig|key)=)[^&\s"'<>]*/gi;
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^/\s"'@?#]*@/gi;
const BEARER = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi;
const GOOGLE_TOKEN = /\bya29\.[A-Za-z0-9._-]+/g;
const JSON_WEB_TOKEN = /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;

/**
 * Takes what grants access out of a text that others will read: signatures and credentials of signed URLs, user info,
 * bearer tokens. Whoever reads logs or receipts may see which object was meant, never fetch it with what he saw.
 */
export function redact(text: string): string {
  return text
    .replace(SECRET_PARAMETERS, '$1REDACTED')
    .replace(USER_INFO, '$1REDACTED@')
    .replace(BEARER, '$1 REDACTED')
    .replace(GOOGLE_TOKEN, 'REDACTED')
    .replace(JSON_WEB_TOKEN, 'REDACTED');
}
