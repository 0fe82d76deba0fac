import { invalid } from '../errors.ts';

/** A partial-response mask, as `fields=` spells it: `kind,items(name,metadata/revision),nextPageToken`. */
export type FieldMask = Map<string, FieldMask | true>;

/** Undefined: everything. Throws 400 for what cannot be parsed. */
export function parseFields(text: string | null): FieldMask | undefined {
  if (!text || text === '*') return undefined;
  const tokens = text.match(/[^,()/\s]+|[,()/]/g) ?? [];
  const position = { at: 0 };
  const mask = parseList(tokens, position);
  if (position.at !== tokens.length) throw invalid(`Invalid field selection ${text}`, 'fields');
  return mask;
}

type Position = { at: number };

function parseList(tokens: string[], position: Position): FieldMask {
  const mask: FieldMask = new Map();
  do {
    const [name, inner] = parseField(tokens, position);
    const known = mask.get(name);
    mask.set(name, inner === true || known === true ? true : new Map([...(known ?? []), ...inner]));
  } while (tokens[position.at] === ',' && ++position.at);
  return mask;
}

function parseField(tokens: string[], position: Position): [string, FieldMask | true] {
  const name = tokens[position.at++];
  if (name === undefined || /^[,()/]$/.test(name))
    throw invalid(`Invalid field selection near '${name ?? ''}'`, 'fields');
  if (tokens[position.at] === '/') {
    position.at++;
    return [name, new Map([parseField(tokens, position)])];
  }
  if (tokens[position.at] !== '(') return [name, true];
  position.at++;
  const inner = parseList(tokens, position);
  if (tokens[position.at++] !== ')') throw invalid(`Invalid field selection: '${name}(' is not closed`, 'fields');
  return [name, inner];
}

export function pickFields(value: unknown, mask: FieldMask | undefined): unknown {
  if (!mask || mask.get('*') === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => pickFields(item, mask));
  const picked: Record<string, unknown> = {};
  for (const [name, inner] of mask) {
    const found = (value as Record<string, unknown>)[name];
    if (found !== undefined) picked[name] = inner === true ? found : pickFields(found, inner);
  }
  return picked;
}
