import { UsageFault } from './faults.ts';

/** The form of runtimes and tenants: it is safe in object names, job names and IAM conditions. */
export const IDENTIFIER = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** @throws UsageFault */
export function parseIdentifier(text: string): string {
  if (!IDENTIFIER.test(text)) {
    throw new UsageFault(
      `expected 1 to 63 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen, got ${JSON.stringify(text.slice(0, 100))}`,
    );
  }
  return text;
}
