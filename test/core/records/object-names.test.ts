import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseName, names, parseReceiptName } from '#functions/core/records/object-names.ts';

const identifier = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);
const receiptName = fc.record({
  tenant: identifier,
  runtime: identifier,
  execution: identifier,
  taskIndex: fc.nat({ max: 9999 }),
  taskAttempt: fc.nat({ max: 10 }),
  kind: fc.constantFrom('adopted', 'refused', 'failed', 'superseded', 'finished'),
});

describe('names', () => {
  it('names match the architecture’s table of objects', () => {
    expect(names.pin('codex', 41)).toBe('codex/00000041.json');
    expect(names.assignment('codex', 'acme')).toBe('codex/acme.json');
    expect(names.tenant('codex', 'acme')).toBe('tenants/codex/acme.json');
    expect(names.hold('codex', 'acme')).toBe('holds/codex/acme.json');
    expect(names.freeze('all')).toBe('freezes/all.json');
    expect(names.launch('codex', 'acme', 'id')).toBe('launches/codex/acme/id.json');
    expect(names.quota('fleet', 'europe-west1')).toBe('quota/fleet/europe-west1.json');
    expect(names.rejection('77')).toBe('rejections/77.json');
    expect(baseName('tenants/codex/acme.json')).toBe('acme');
  });

  it('names.pin sorts revisions as text', () => {
    expect(['9', '10', '100'].map(Number).map((n) => names.pin('codex', n))).toEqual(
      [9, 10, 100].map((n) => names.pin('codex', n)).sort(),
    );
  });
});

describe('parseReceiptName', () => {
  it('parses every name that names.receipt writes', () => {
    fc.assert(
      fc.property(receiptName, (name) => {
        expect(parseReceiptName(names.receipt(name))).toEqual(name);
      }),
    );
  });

  it.each([
    '',
    'acme/codex/e-1/0-0-adopted',
    'acme/codex/e-1/0-0-approved.json',
    'acme/codex/e-1/0-adopted.json',
    'acme/codex/e-1/x/0-0-adopted.json',
    'acme/../e-1/0-0-adopted.json',
    'acme//e-1/0-0-adopted.json',
    '/acme/codex/e-1/0-0-adopted.json',
    'Acme/codex/e-1/0-0-adopted.json',
    'acme/codex/e-1/0-0-adopted.json\n',
    'acme/codex/e-1/-1-0-adopted.json',
    'acme/codex/e-1/00-0-adopted.json',
    'acme/codex/e-1/0-01-adopted.json',
  ])('rejects %j as a receipt’s name', (object) => {
    expect(parseReceiptName(object)).toBeUndefined();
  });

  it('accepts one name per receipt only', () => {
    fc.assert(
      fc.property(fc.string(), (object) => {
        const name = parseReceiptName(object);
        expect(name === undefined || names.receipt(name) === object).toBe(true);
      }),
    );
  });
});
