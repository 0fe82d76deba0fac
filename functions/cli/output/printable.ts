/** Control characters, and those that reorder text: C0, DEL, C1, bidirectional marks and overrides. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu;

/**
 * Returns the text as one line without control characters. Attack: a tenant writes its own receipts, so an escape sequence
 * in a reason could rewrite the operator's screen.
 */
export function sanitizeForTerminal(text: string): string {
  return text.replace(UNPRINTABLE, ' ').trim();
}
