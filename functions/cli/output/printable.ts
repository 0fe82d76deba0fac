/** Control characters, and those that reorder text: C0, DEL, C1, bidirectional marks and overrides. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu;

/**
 * Text from a receipt or a message as one line. A tenant writes its own receipts: an escape sequence in a reason could
 * otherwise rewrite the operator's screen.
 */
export function sanitizeForTerminal(text: string): string {
  return text.replace(UNPRINTABLE, ' ').trim();
}
