// Attack: an archive's names, of up to 1 MiB, reach `redact`, and no signal is heard meanwhile. So each expression is linear:
// it limits what it may repeat at every place, or begins only where a run of such characters begins.
const URL_LIKE = /\b[a-z][a-z0-9+.-]{0,30}:[\\/]{2,}\S*/gi;
/** A URL without the quotes, brackets and full stop behind it. */
const CLOSED_URL = /^.*[^"')\]}>,.;:]/s;
const PARAMETER = /(^|[?&;#\s"'(])([\w.%~-]+)=([^&\s"'<>]*)/g;
const SECRET_NAME =
  /(?:signature|credential|token|secret|passwd|password|jwt|api[-_]?key|access[-_]?key|authorization)$|^(?:sig|key)$/i;
const BEARER = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi;
const GOOGLE_TOKEN = /\bya29\.[A-Za-z0-9._-]+/g;
const JSON_WEB_TOKEN = /(?<![\w-])(?=[\w-]+\.[\w-]+\.)([\w-]*?)eyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/**
 * The text without user info, query and fragment of its URLs, secret parameters, and tokens. A reader of logs, receipts or
 * results learns which object was meant, but cannot fetch it.
 */
export function redact(text: string): string {
  return text
    .replace(URL_LIKE, (found) => {
      const [url = ''] = CLOSED_URL.exec(found) ?? [];
      return `${redactUrl(url)}${found.slice(url.length)}`;
    })
    .replace(PARAMETER, (whole, before, name) => (isSecretName(name) ? `${before}${name}=REDACTED` : whole))
    .replace(BEARER, '$1 REDACTED')
    .replace(GOOGLE_TOKEN, 'REDACTED')
    .replace(JSON_WEB_TOKEN, '$1REDACTED');
}

/**
 * The URL without user info, query and fragment. Spec: WHATWG URL; the authority ends at the first slash, `?` or `#`, and its
 * user info at the last `@`. A `gs://` URL stays as it is, because an object name may hold all of these characters.
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

/** The text in quotes for an error, at most 200 characters of it and without secrets. */
export function quoteRedacted(text: string): string {
  return JSON.stringify(redact(redactUrl(text)).slice(0, 200));
}

/** Decodes the name as a server does: `X%2DGoog-Signature` is a signature too. */
function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))));
}
