import { invalid } from '../errors.ts';

/** `matchGlob`: `*` stays within a folder, `**` does not, `?` is one character, `[a-z]` a class, `{a,b}` alternatives. Throws 400. */
export function globMatcher(glob: string): (name: string) => boolean {
  if (glob.length > 1024) throw invalid('matchGlob is longer than 1024 characters.', 'matchGlob');
  try {
    const pattern = new RegExp(`^${compile(glob)}$`, 'u');
    return (name) => pattern.test(name);
  } catch (cause) {
    throw invalid(`matchGlob '${glob}' cannot be read: ${(cause as Error).message}`, 'matchGlob');
  }
}

function compile(glob: string): string {
  const tokens = glob.match(/\*\*\/|\*\*|\*|\?|\[[^\]]+\]|\{[^{}]*\}|[\s\S]/gu) ?? [];
  return tokens.map(translate).join('');
}

function translate(token: string): string {
  if (token === '**/') return '(?:.*/)?';
  if (token === '**') return '.*';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  if (/^\[.+\]$/.test(token)) return token.replaceAll('\\', '\\\\').replace(/^\[!/, '[^');
  if (/^\{.*\}$/.test(token)) return `(?:${token.slice(1, -1).split(',').map(compile).join('|')})`;
  return token.replace(/[\^$.*+?()[\]{}|/\\]/g, '\\$&');
}
