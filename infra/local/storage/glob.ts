import { invalid } from './errors.ts';

/** `matchGlob`: `*` stays within a folder, `**` does not, `?` is one character, `[a-z]` a class, `{a,b}` alternatives. Throws 400. */
export function globMatcher(glob: string): (name: string) => boolean {
  if (glob.length > 1024) throw invalid('matchGlob is longer than 1024 characters.', 'matchGlob');
  const source = [...glob.matchAll(/\*\*\/|\*\*|\*|\?|\[[^\]]+\]|\{[^{}]*\}|[\s\S]/g)].map(([token]) =>
    translate(token),
  );
  try {
    const pattern = new RegExp(`^${source.join('')}$`, 'u');
    return (name) => pattern.test(name);
  } catch (cause) {
    throw invalid(`matchGlob '${glob}' cannot be read: ${(cause as Error).message}`, 'matchGlob');
  }
}

function translate(token: string): string {
  if (token === '**/') return '(?:.*/)?';
  if (token === '**') return '.*';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  if (/^\[.+\]$/.test(token)) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
  if (/^\{.*\}$/.test(token)) return `(?:${token.slice(1, -1).split(',').map(escapePattern).join('|')})`;
  return escapePattern(token);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
