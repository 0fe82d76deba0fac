import * as v from 'valibot';

export const reasonSchema = v.object({ code: v.string(), message: v.pipe(v.string(), v.maxLength(1000)) });
export type Reason = v.InferOutput<typeof reasonSchema>;

const MAX_CODE_BYTES = 100;
const MAX_MESSAGE_BYTES = 2_000;

/**
 * Why something is as it is, short enough for the assignment's metadata: a tenant's own words stand in here, and whoever
 * could make them long, or make them grow as JSON, would cost every pass a read of his own.
 */
export function reason(code: string, message: string): Reason {
  return {
    code: truncateJson(code, MAX_CODE_BYTES),
    message: truncateJson(message, MAX_MESSAGE_BYTES).slice(0, 1_000),
  };
}

/** The longest beginning of a text whose JSON has at most so many bytes. */
export function truncateJson(text: string, most: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > most) return text.slice(0, end);
    end += character.length;
  }
  return text;
}
