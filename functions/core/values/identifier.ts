import { InvalidValueError } from './issues.ts';

/** The form of runtime and tenant names: safe in object names, job names and IAM conditions. */
export const IDENTIFIER = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reserved, because `freezes/all.json` freezes every runtime. */
export const RESERVED_RUNTIME = 'all';

export function isRuntime(text: string): boolean {
  return IDENTIFIER.test(text) && text !== RESERVED_RUNTIME;
}

/** @throws InvalidValueError */
export function parseRuntime(text: string): string {
  const runtime = parseIdentifier(text);
  if (!isRuntime(runtime)) {
    throw new InvalidValueError(`"${RESERVED_RUNTIME}" is reserved: it means every runtime; choose another name`);
  }
  return runtime;
}

/** @throws InvalidValueError */
export function parseIdentifier(text: string): string {
  if (!IDENTIFIER.test(text)) {
    throw new InvalidValueError(
      `expected 1 to 63 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen, got ${JSON.stringify(text.slice(0, 100))}`,
    );
  }
  return text;
}
