export type FilterToken = { kind: 'symbol' | 'word' | 'string'; text: string };

const TOKEN = /\s*(?:(?<symbol>!=|[().,:=-])|"(?<string>(?:[^"\\]|\\.)*)"|(?<word>[\p{L}\p{N}_][\p{L}\p{N}_-]*))/uy;

function tokenOf(groups: Record<string, string | undefined>): FilterToken {
  if (groups.symbol !== undefined) return { kind: 'symbol', text: groups.symbol };
  if (groups.word !== undefined) return { kind: 'word', text: groups.word };
  return { kind: 'string', text: (groups.string ?? '').replace(/\\(.)/gu, '$1') };
}

/** The tokens of a filter; undefined for text that is not a token. */
export function filterTokens(source: string): FilterToken[] | undefined {
  const text = source.trimEnd();
  const tokens: FilterToken[] = [];
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < text.length) {
    const groups = pattern.exec(text)?.groups;
    if (!groups) return undefined;
    tokens.push(tokenOf(groups));
  }
  return tokens;
}
