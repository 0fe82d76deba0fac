import {
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  floatCoreTag,
  intCoreTag,
  load,
  mapTag,
  NOT_RESOLVED,
} from 'js-yaml';
import { InvalidValueError } from '../../values/issues.ts';

/** The longest argument of Linux (`MAX_ARG_STRLEN`, including the NUL). */
const MAX_BYTES = 128 * 1024 - 1;

/**
 * A workflow's configuration as JSON. JSON stays byte for byte the same. YAML is converted: dates stay text (core schema of
 * YAML 1.2) and numbers keep their digits.
 *
 * @throws InvalidValueError if it is neither, not a mapping, or has a value without a JSON form
 */
export function parseConfig(text: string): string {
  const json = parseJson(text);
  const config = json === undefined ? parseYaml(text) : json.value;
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new InvalidValueError(`expected a mapping in YAML or JSON, got ${shorten(config)}`);
  }
  const written = json === undefined ? JSON.stringify(config) : text;
  if (Buffer.byteLength(written) > MAX_BYTES) throw tooLong();
  return written;
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function parseYaml(text: string): unknown {
  try {
    const config = load(text, { schema: EXACT_SCHEMA });
    checkTree(config);
    return config;
  } catch (error) {
    if (error instanceof InvalidValueError) throw error;
    throw new InvalidValueError(`expected YAML or JSON: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

/** Attack: a few aliases of aliases stand for billions of nodes. Each node needs 2 bytes of JSON at least. */
function checkTree(config: unknown): void {
  let nodes = 0;
  const visit = (node: unknown, ancestors: ReadonlySet<unknown>) => {
    if (++nodes > MAX_BYTES / 2) throw tooLong();
    if (typeof node !== 'object' || node === null || asNumber(node) !== undefined) return;
    if (ancestors.has(node)) throw new InvalidValueError('expected a mapping, got one that holds itself by an alias');
    const inside = new Set(ancestors).add(node);
    for (const child of Object.values(node)) visit(child, inside);
  };
  visit(config, new Set());
}

function tooLong(): InvalidValueError {
  return new InvalidValueError(
    `expected a configuration of at most ${MAX_BYTES} bytes of JSON, which is as long as an argument can be`,
  );
}

/** A number that keeps its digits. Spec: ECMAScript `JSON.rawJSON`. */
type ExactNumber = { rawJSON: string };

const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => ExactNumber;
  isRawJSON: (value: unknown) => value is ExactNumber;
};

function asNumber(value: unknown): string | undefined {
  return isRawJSON(value) ? value.rawJSON : undefined;
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function exactTag(tag: typeof intCoreTag) {
  return defineScalarTag<number | ExactNumber>(tag.tagName, {
    implicit: tag.implicit,
    implicitFirstChars: tag.implicitFirstChars,
    identify: () => false,
    resolve: (source, isExplicit, tagName) => {
      if (JSON_NUMBER.test(source)) return rawJSON(source);
      const value = tag.resolve(source, isExplicit, tagName);
      if (value === NOT_RESOLVED) return NOT_RESOLVED;
      const isKept = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
      if (!isKept) throw new InvalidValueError(`JSON has no number for ${shorten(source)}`);
      return value;
    },
  });
}

/** `1: a` has the key "1", as in JSON. */
const exactMapTag = defineMappingTag<Record<string, unknown>>(mapTag.tagName, {
  create: () => ({}),
  identify: () => false,
  addPair: (map, key, value) => mapTag.addPair(map, asNumber(key) ?? key, value),
  has: (map, key) => mapTag.has(map, asNumber(key) ?? key),
  keys: mapTag.keys,
  get: mapTag.get,
});

const EXACT_SCHEMA = CORE_SCHEMA.withTags(exactTag(intCoreTag), exactTag(floatCoreTag), exactMapTag);

function shorten(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 100) ?? 'nothing';
}
