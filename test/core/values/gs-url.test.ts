import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGsUrl, parseGsUrl } from '#functions/core/values/gs-url.ts';
import { InvalidValueError } from '#functions/core/values/issues.ts';

describe('parseGsUrl', () => {
  it.each([
    ['gs://acme-environments/codex/0.3.9.tar', 'acme-environments', 'codex/0.3.9.tar'],
    ['gs://abc/%20.tar', 'abc', '%20.tar'],
    ['gs://abc/a?b#c', 'abc', 'a?b#c'],
    ['gs://abc/ä b', 'abc', 'ä b'],
    ['gs://abc/../x', 'abc', '../x'],
  ])('parses %s without decoding', (url, bucket, object) => {
    expect(parseGsUrl(url)).toEqual({ bucket, object });
    expect(formatGsUrl({ bucket, object })).toBe(url);
  });

  it.each([
    '',
    'gs://',
    'gs://abc',
    'gs://abc/',
    'gs:///object',
    'gs://a/object',
    'gs://Abc/object',
    'gs://abc/folder/',
    'GS://abc/object',
    'https://storage.googleapis.com/abc/object',
    'file:///abc/object',
    ' gs://abc/object',
    'gs://a b/object',
  ])('rejects %j, and names what it got and expected', (text) => {
    expect(() => parseGsUrl(text)).toThrow(InvalidValueError);
    expect(() => parseGsUrl(text)).toThrow(`expected gs://bucket/object, got ${JSON.stringify(text)}`);
  });

  it.each([
    ['a line break', 'gs://abc/a\nb'],
    ['a NUL', 'gs://abc/a\0b'],
    ['a DEL', 'gs://abc/a\u007fb'],
    ['more than 1024 bytes', `gs://abc/${'ä'.repeat(513)}`],
  ])('rejects %s in the object name', (_, text) => {
    expect(() => parseGsUrl(text)).toThrow(InvalidValueError);
    expect(() => parseGsUrl(text)).toThrow('at most 1024 bytes without control characters');
  });

  it('formatGsUrl restores the parsed URL', () => {
    fc.assert(
      fc.property(
        fc.string().map((rest) => `gs://acme/${rest}`),
        (url) => {
          try {
            expect(formatGsUrl(parseGsUrl(url))).toBe(url);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidValueError);
          }
        },
      ),
    );
  });

  it.each(['gs://bucket/.', 'gs://bucket/..'])('rejects %j, which addresses the bucket', (text) => {
    expect(() => parseGsUrl(text)).toThrow(`expected an object name, got ${JSON.stringify(text)}`);
    expect(parseGsUrl('gs://bucket/a/..').object).toBe('a/..');
  });
});
