import { UsageFault } from '../faults.ts';

/** A workflow's configuration, as JSON whatever it was written in. @throws UsageFault */
export function parseConfig(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    throw new UsageFault(`expected JSON: ${(error as Error).message}`);
  }
}
