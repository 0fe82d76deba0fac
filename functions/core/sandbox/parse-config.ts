import { CORE_SCHEMA, load } from 'js-yaml';
import { UsageFault } from '../faults.ts';

/**
 * A workflow's configuration, given as YAML (of which JSON is a part), as JSON. YAML 1.2's core schema: a date stays the text
 * that it was.
 *
 * @throws UsageFault
 */
export function parseConfig(text: string): string {
  const config = parseYaml(text);
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return JSON.stringify(config);
  throw new UsageFault(`expected a mapping in YAML or JSON, got ${JSON.stringify(config)?.slice(0, 100) ?? 'nothing'}`);
}

function parseYaml(text: string): unknown {
  try {
    return load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    throw new UsageFault(`expected YAML or JSON: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}
