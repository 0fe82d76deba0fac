/** Control characters, and those that reorder text: C0, DEL, C1, bidirectional marks and overrides. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu;

/**
 * Returns the text as one line without control characters. Attack: a tenant writes its own receipts, so an escape sequence
 * in a reason could rewrite the operator's screen.
 */
export function sanitizeForTerminal(text: string): string {
  return text.replace(UNPRINTABLE, ' ').trim();
}

const UNITS = [
  { seconds: 86_400, letter: 'd' },
  { seconds: 3_600, letter: 'h' },
  { seconds: 60, letter: 'm' },
] as const;

/** `12s`, `3m`, `5h`, `2d`; a future time is `0s`, null is empty. */
export function describeAge(timestamp: string | null, now: Date): string {
  if (timestamp === null) return '';
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(timestamp)) / 1000));
  const unit = UNITS.find((candidate) => seconds >= candidate.seconds);
  return unit === undefined ? `${seconds}s` : `${Math.floor(seconds / unit.seconds)}${unit.letter}`;
}

/** `acme, globex, and 3 more`: at most `most` of the names. */
export function listNames(names: readonly string[], most: number): string {
  const hidden = names.length - most;
  return [...names.slice(0, most), ...(hidden > 0 ? [`and ${hidden} more`] : [])].join(', ');
}

/** Breaks text at spaces into lines of at most `width`; longer words stay whole. Without a width: one line. */
export function wrapText(text: string, width: number | undefined, indent = ''): string[] {
  if (width === undefined) return [`${indent}${text}`];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && indent.length + longer.length > width) {
      lines.push(`${indent}${line}`);
      line = word;
    } else line = longer;
  }
  return [...lines, `${indent}${line}`];
}
