import { conditionNotMet, invalid, notModified } from '../errors.ts';

/** The four conditions of a request; `source` ones (`ifSourceGenerationMatch`, …) are read with prefix `ifSource`. */
export type Preconditions = {
  generationMatch?: number;
  generationNotMatch?: number;
  metagenerationMatch?: number;
  metagenerationNotMatch?: number;
};

type Version = { generation: number; metageneration: number } | undefined;

export function parsePreconditions(query: URLSearchParams, prefix: 'if' | 'ifSource' = 'if'): Preconditions {
  const conditions: Preconditions = {};
  const read = (key: keyof Preconditions, name: string) => {
    const value = parseCount(query, `${prefix}${name}`);
    if (value !== undefined) conditions[key] = value;
  };
  read('generationMatch', 'GenerationMatch');
  read('generationNotMatch', 'GenerationNotMatch');
  read('metagenerationMatch', 'MetagenerationMatch');
  read('metagenerationNotMatch', 'MetagenerationNotMatch');
  return conditions;
}

/** A whole number of the query, or undefined when it is absent. */
export function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,19}$/.test(text)) throw invalid(`Invalid value for ${name}: '${text}', wanted a whole number.`, name);
  return Number(text);
}

/**
 * Throws what the API answers when a condition does not hold: 412, or 304 for a *NotMatch of a read.
 * An absent object counts as generation 0, which is why ifGenerationMatch=0 means "create only".
 */
export function checkPreconditions(conditions: Preconditions, version: Version, kind: 'read' | 'write'): void {
  const generation = version?.generation ?? 0;
  const metageneration = version?.metageneration ?? 0;
  const { generationMatch, generationNotMatch, metagenerationMatch, metagenerationNotMatch } = conditions;
  if (generationMatch !== undefined && generationMatch !== generation) throw conditionNotMet('If-Match');
  if (metagenerationMatch !== undefined && metagenerationMatch !== metageneration) throw conditionNotMet('If-Match');
  const same = generationNotMatch === generation || (version && metagenerationNotMatch === metageneration);
  if (same) throw kind === 'read' ? notModified() : conditionNotMet('If-None-Match');
}
