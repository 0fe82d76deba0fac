import * as v from 'valibot';
import { defaultRolloutPolicy, launchMode, type RolloutPolicy } from '../records/rollout-policy.ts';
import { type Digest, parseDigest } from '../values/digest.ts';
import { parseGsUrl } from '../values/gs-url.ts';
import { parseIdentifier, parseRuntime } from '../values/identifier.ts';
import { InvalidValueError, type Issue } from '../values/issues.ts';
import { describeValue, parseStrictJson } from '../values/strict-json.ts';

/** A parsed `pin-promoted` message. `checkPromotion` checks it against the fleet, the guard and the object. */
export type PromoteEvent = {
  runtime: string;
  environmentTarUrl: string;
  environmentTarDigest: Digest;
  tenants?: string[];
  expectedRevision?: number;
  promotionId?: string;
  promotedBy?: string;
  reason?: string;
  rollout: RolloutPolicy;
};

export type ParsedPromoteEvent = { ok: true; event: PromoteEvent } | { ok: false; issues: Issue[] };

const runtime = checked(parseRuntime);
const identifier = checked(parseIdentifier);
const note = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));

const schema = v.strictObject({
  runtime,
  environmentTarUrl: checked(parseTarUrl),
  environmentTarDigest: checked(parseDigest),
  tenants: v.optional(
    v.pipe(
      v.array(identifier),
      v.minLength(1, 'names no tenant; leave the field out to promote every tenant'),
      v.maxLength(10_000),
      v.check(
        (tenants) => duplicates(tenants).length === 0,
        ({ input }) => `names a tenant more than once: ${duplicates(input as string[]).join(', ')}`,
      ),
      v.transform((tenants) => [...tenants].sort()),
    ),
  ),
  expectedRevision: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  promotionId: v.optional(note(200)),
  promotedBy: v.optional(note(200)),
  reason: v.optional(note(1_000)),
  rollout: v.optional(
    v.strictObject({
      waves: v.optional(v.pipe(v.array(v.string()), v.check(isSingleWave, only('["100%"], all tenants in one wave,')))),
      soakSeconds: v.optional(v.literal(0, only('0, because all tenants are in one wave,'))),
      maxFailures: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
      launch: v.optional(launchMode),
      running: v.optional(v.literal('leave', only('"leave"'))),
    }),
  ),
});

const lenientSchema = v.object({
  runtime: v.fallback(v.optional(runtime), undefined),
  environmentTarUrl: v.fallback(v.optional(checked(parseTarUrl)), undefined),
  environmentTarDigest: v.fallback(v.optional(checked(parseDigest)), undefined),
  tenants: v.fallback(v.optional(v.array(identifier)), undefined),
});

/**
 * Parses the data of a `pin-promoted` message and returns every issue at once. Unknown fields are issues, because a typo
 * must not promote to more tenants.
 */
export function parsePromoteEvent(text: string): ParsedPromoteEvent {
  const parsed = parseStrictJson(schema, text);
  if (!parsed.ok) return parsed;
  const { rollout, ...rest } = parsed.value;
  return { ok: true, event: { ...rest, rollout: { ...defaultRolloutPolicy, ...rollout } } };
}

/** The valid fields of an invalid event, so that their further issues are reported in the same rejection. */
export function parsePartially(text: string): Partial<Pick<PromoteEvent, keyof typeof lenientSchema.entries>> {
  try {
    const result = v.safeParse(lenientSchema, JSON.parse(text));
    return result.success ? result.output : {};
  } catch {
    return {};
  }
}

function parseTarUrl(text: string): string {
  parseGsUrl(text);
  return text;
}

function isSingleWave(waves: string[]): boolean {
  return waves.length === 1 && waves[0] === '100%';
}

function duplicates(tenants: readonly string[]): string[] {
  const seen = new Set<string>();
  return tenants.filter((tenant) => {
    const isDuplicate = seen.has(tenant);
    seen.add(tenant);
    return isDuplicate;
  });
}

/** The message for a value of the format that this version does not support. */
function only(available: string): (issue: v.BaseIssue<unknown>) => string {
  return ({ input }) => `only ${available} is available, got ${describeValue(input)}`;
}

function checked<T extends string>(parse: (text: string) => T): v.GenericSchema<unknown, T> {
  return v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch (error) {
        if (!(error instanceof InvalidValueError)) throw error;
        addIssue({ message: error.message });
        return NEVER;
      }
    }),
  );
}
