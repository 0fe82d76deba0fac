import * as v from 'valibot';

export const reasonSchema = v.object({ code: v.string(), message: v.pipe(v.string(), v.maxLength(1000)) });
export type Reason = v.InferOutput<typeof reasonSchema>;

const MAX_CODE_BYTES = 100;
const MAX_MESSAGE_BYTES = 2_000;

/**
 * A reason whose JSON fits the assignment's object metadata.
 *
 * Attack: the text is tenant-controlled. If the metadata overflowed, every list would need an extra read.
 */
export function reason(code: string, message: string): Reason {
  return {
    code: truncateJson(code, MAX_CODE_BYTES),
    message: truncateJson(message, MAX_MESSAGE_BYTES).slice(0, 1_000),
  };
}

/** The longest prefix whose JSON has at most `maxBytes` bytes. */
export function truncateJson(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > maxBytes) return text.slice(0, end);
    end += character.length;
  }
  return text;
}
