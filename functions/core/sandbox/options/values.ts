import { InvalidValueError } from '../../values/issues.ts';
import { MAX_SECONDS } from '../../values/seconds.ts';
import { quoteRedacted } from '../redact.ts';

/** @throws InvalidValueError, as every parser of this file */
export function parseText(text: string): string {
  if (text === '') throw new InvalidValueError('is empty');
  return text;
}

export function parsePositive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value === 0) {
    throw new InvalidValueError(`expected a whole number above 0, got ${quote(text)}`);
  }
  return value;
}

export function parseSeconds(text: string): number {
  const seconds = parsePositive(text);
  if (seconds > MAX_SECONDS)
    throw new InvalidValueError(`expected seconds from 1 to ${MAX_SECONDS}, got ${quote(text)}`);
  return seconds;
}

export function parseBoolean(text: string): boolean {
  if (/^(true|1|yes)$/i.test(text)) return true;
  if (/^(false|0|no)?$/i.test(text)) return false;
  throw new InvalidValueError(`expected true or false, got ${quote(text)}`);
}

/** A user or group number other than root's. */
export function parseAccountNumber(text: string): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value > 0 && value < 2 ** 32 - 1) return value;
  throw new InvalidValueError(`expected a number from 1 to 4294967294, got ${quote(text)}`);
}

/** A bucket's name, with or without `gs://` before it. */
export function parseBucket(text: string): string {
  const bucket = text.replace(/^gs:\/\//, '').replace(/\/$/, '');
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket)) {
    throw new InvalidValueError(`expected a bucket, got ${quote(text)}`);
  }
  return bucket;
}

function parsePath(text: string): string {
  if (text === '' || text.includes('\0')) throw new InvalidValueError(`expected a path, got ${quote(text)}`);
  return text;
}

/** Refuses `:`, because `<work-dir>/env/bin` is in PATH, where `:` separates directories. */
export function parseWorkDir(text: string): string {
  if (text.includes(':')) throw new InvalidValueError(`expected a path without ":", got ${quote(text)}`);
  return parsePath(text);
}

export function parseEnvName(text: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) {
    throw new InvalidValueError(`expected the name of an environment variable, got ${quote(text)}`);
  }
  return text;
}

export function parseEndpoint(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidValueError(`expected an http:// or https:// URL, got ${quote(text)}`);
  }
  return text.replace(/\/+$/, '');
}

export function oneOf<const T extends readonly string[]>(values: T): (text: string) => T[number] {
  return (text) => {
    if (values.includes(text)) return text;
    throw new InvalidValueError(`expected ${values.join(' or ')}, got ${quote(text)}`);
  };
}

function quote(text: string): string {
  return text === '' ? 'an empty value' : quoteRedacted(text);
}
