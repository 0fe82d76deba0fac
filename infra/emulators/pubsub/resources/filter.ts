import { type FilterToken, filterTokens } from './filter-tokens.ts';
import { RpcError } from './rpc-error.ts';

export type AttributeFilter = (attributes: Record<string, string>) => boolean;

/** Google's limit of a filter's length. */
const MAX_BYTES = 256;

function refuse(source: string, reason: string): never {
  throw new RpcError('INVALID_ARGUMENT', `The filter ${JSON.stringify(source)} is refused: ${reason}.`);
}

/** Recursive descent over the grammar of https://cloud.google.com/pubsub/docs/subscription-message-filter. */
class FilterParser {
  readonly #source: string;
  readonly #tokens: FilterToken[];
  #next = 0;

  constructor(source: string, tokens: FilterToken[]) {
    this.#source = source;
    this.#tokens = tokens;
  }

  parse(): AttributeFilter {
    const filter = this.#expression();
    const extra = this.#tokens[this.#next];
    if (extra) refuse(this.#source, `nothing was expected where ${JSON.stringify(extra.text)} stands`);
    return filter;
  }

  /** Google refuses AND and OR side by side: parentheses have to say which is meant. */
  #expression(): AttributeFilter {
    const operands = [this.#operand()];
    const operator = this.#peek('AND') ? 'AND' : 'OR';
    while (this.#accept(operator)) operands.push(this.#operand());
    if (this.#peek('AND') || this.#peek('OR')) refuse(this.#source, 'AND and OR are mixed without parentheses');
    if (operator === 'AND') return (attributes) => operands.every((operand) => operand(attributes));
    return (attributes) => operands.some((operand) => operand(attributes));
  }

  #operand(): AttributeFilter {
    if (this.#accept('NOT') || this.#accept('-')) {
      const inner = this.#operand();
      return (attributes) => !inner(attributes);
    }
    if (this.#accept('(')) {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (this.#accept('hasPrefix')) return this.#hasPrefix();
    return this.#comparison();
  }

  #hasPrefix(): AttributeFilter {
    this.#expect('(');
    this.#expect('attributes');
    this.#expect('.');
    const key = this.#word();
    this.#expect(',');
    const prefix = this.#string();
    this.#expect(')');
    return (attributes) => Object.hasOwn(attributes, key) && (attributes[key] ?? '').startsWith(prefix);
  }

  #comparison(): AttributeFilter {
    this.#expect('attributes');
    if (this.#accept(':')) {
      const key = this.#word();
      return (attributes) => Object.hasOwn(attributes, key);
    }
    this.#expect('.');
    const key = this.#word();
    const negated = this.#accept('!=');
    if (!negated) this.#expect('=');
    const value = this.#string();
    return (attributes) => (Object.hasOwn(attributes, key) && attributes[key] === value) !== negated;
  }

  #peek(text: string): boolean {
    const token = this.#tokens[this.#next];
    return token !== undefined && token.kind !== 'string' && token.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#wanted(JSON.stringify(text));
  }

  #word(): string {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'word' && token?.kind !== 'string') return this.#wanted('an attribute key');
    this.#next += 1;
    return token.text;
  }

  #string(): string {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'string') return this.#wanted('a quoted string');
    this.#next += 1;
    return token.text;
  }

  #wanted(what: string): never {
    const got = this.#tokens[this.#next]?.text;
    return refuse(this.#source, `${what} was expected, got ${got === undefined ? 'its end' : JSON.stringify(got)}`);
  }
}

/**
 * Reads a subscription's filter; an empty one lets every message through.
 *
 * @throws RpcError INVALID_ARGUMENT that says what was expected where
 */
export function parseFilter(source: string): AttributeFilter {
  if (source.trim() === '') return () => true;
  if (Buffer.byteLength(source) > MAX_BYTES) refuse(source, `it is longer than ${MAX_BYTES} bytes`);
  const tokens =
    filterTokens(source) ?? refuse(source, 'it holds a character or an unclosed string that no rule allows');
  return new FilterParser(source, tokens).parse();
}
