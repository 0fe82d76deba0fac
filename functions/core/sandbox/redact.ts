const URL_LIKE = /\b[a-z][a-z0-9+.-]*:[\\/]{2,}\S*/gi;
const PARAMETER = /(^|[?&;#\s"'(])([\w.%~-]+)=([^&\s"'<>]*)/g;
const SECRET_NAME =
  /(?:signature|credential|token|secret|passwd|password|jwt|api[-_]?key|access[-_]?key|authorization)$|^(?:sig|key)$/i;
const BEARER = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi;
const GOOGLE_TOKEN = /\bya29\.[A-Za-z0-9._-]+/g;
const JSON_WEB_TOKEN = /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;

/**
 * A text without what grants access: user info, query and fragment of every URL, secret parameters, tokens. Who reads logs,
 * receipts or results may learn which object was meant, and cannot fetch it by that.
 */
export function redact(text: string): string {
  return text
    .replace(URL_LIKE, (url) => {
      // Quotes and brackets around a URL, and a sentence's full stop behind it.
      const end = /["')\]}>,.;:]*$/.exec(url)?.index ?? url.length;
      return `${redactUrl(url.slice(0, end))}${url.slice(end)}`;
    })
    .replace(PARAMETER, (whole, before, name) => (isSecretName(name) ? `${before}${name}=REDACTED` : whole))
    .replace(BEARER, '$1 REDACTED')
    .replace(GOOGLE_TOKEN, 'REDACTED')
    .replace(JSON_WEB_TOKEN, 'REDACTED');
}

/**
 * A URL without user info, query and fragment, which are found as a browser finds them (WHATWG URL): the authority ends at the
 * first slash, `?` or `#`, and its user info at the last `@`. The name of a Cloud Storage object (`gs://`) may hold all of these.
 */
export function redactUrl(text: string): string {
  const [, scheme, authority = '', rest = ''] = /^([a-z][a-z0-9+.-]*:[\\/]*)([^\\/?#]*)(.*)$/is.exec(text) ?? [];
  if (scheme === undefined || /^gs:/i.test(scheme)) return text;
  const userInfoEnd = authority.lastIndexOf('@');
  const host = userInfoEnd === -1 ? authority : `REDACTED${authority.slice(userInfoEnd)}`;
  const pathEnd = rest.search(/[?#]/);
  const path = pathEnd === -1 ? rest : `${rest.slice(0, pathEnd + 1)}REDACTED`;
  return `${scheme}${host}${path}`;
}

/** A server decodes the names of parameters: `X%2DGoog-Signature` is a signature as well. */
function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))));
}
