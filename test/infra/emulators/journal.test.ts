import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Journal, openJournal } from '../../../infra/emulators/journal.ts';

type Entry = { name: string; value: string };

/** A map of values and its journal. */
function openMap(path: string, compactAboveBytes?: number) {
  const values = new Map<string, string>();
  const replayed: Entry[] = [];
  const journal: Journal<Entry> = openJournal<Entry>({
    path,
    replay: (entries) => {
      for (const entry of entries) {
        replayed.push(entry);
        values.set(entry.name, entry.value);
      }
    },
    snapshot: () => [...values].map(([name, value]) => ({ name, value })),
    ...(compactAboveBytes !== undefined && { compactAboveBytes }),
  });
  const set = (name: string, value: string) => {
    journal.append([{ name, value }]);
    values.set(name, value);
  };
  return { values, replayed, journal, set };
}

function newPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'journal-')), 'state', 'journal.jsonl');
}

describe('openJournal', () => {
  it('replays in order what earlier runs appended', () => {
    const path = newPath();
    const first = openMap(path);
    first.set('a', '1');
    first.set('b', '2');
    first.set('a', '3');
    first.journal.close();
    const { replayed } = openMap(path);
    expect(replayed.map(({ value }) => value)).toEqual(['1', '2', '3']);
  });

  it('replays entries that are longer than one read', () => {
    const path = newPath();
    const long = 'x'.repeat(3 * 1024 * 1024);
    const first = openMap(path);
    first.set('a', long);
    first.set('b', '2');
    first.journal.close();
    expect(openMap(path).values).toEqual(new Map(Object.entries({ a: long, b: '2' })));
  });

  it('cuts off a last line without its end and appends behind the complete ones', () => {
    const path = newPath();
    const first = openMap(path);
    first.set('a', '1');
    first.journal.close();
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"name":"b","val`);
    const second = openMap(path);
    expect(second.values).toEqual(new Map([['a', '1']]));
    second.set('c', '3');
    second.journal.close();
    expect(openMap(path).values).toEqual(new Map(Object.entries({ a: '1', c: '3' })));
  });

  it('refuses a damaged line by its number and leaves the file as it is', () => {
    const path = newPath();
    const first = openMap(path);
    first.set('a', '1');
    first.journal.close();
    const damaged = `${readFileSync(path, 'utf8')}not JSON\n{"name":"b","value":"2"}\n`;
    writeFileSync(path, damaged);
    expect(() => openMap(path)).toThrow(/journal\.jsonl:2 \(byte \d+\): expected a line of JSON, got "not JSON"/);
    expect(readFileSync(path, 'utf8')).toBe(damaged);
  });

  it('rewrites a file that grew, and never loses the entry that made it grow', () => {
    const path = newPath();
    const { set, journal } = openMap(path, 1_000);
    for (let round = 1; round <= 500; round++) set('a', String(round));
    journal.close();
    expect(statSync(path).size).toBeLessThan(2_000);
    expect(readdirSync(join(path, '..'))).toEqual(['journal.jsonl']);
    expect(openMap(path).values.get('a')).toBe('500');
  });

  it('rewrites a file at the start when most of its lines are history', () => {
    const path = newPath();
    const { set, journal } = openMap(path);
    for (let round = 1; round <= 2_000; round++) set('a', String(round));
    journal.close();
    openMap(path).journal.close();
    expect(readFileSync(path, 'utf8')).toBe('{"name":"a","value":"2000"}\n');
  });

  it('keeps the file readable by its owner only, also after a rewrite', () => {
    const path = newPath();
    const { set, journal } = openMap(path, 100);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (let round = 1; round <= 50; round++) set('a', String(round));
    journal.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('refuses to append after it was closed', () => {
    const path = newPath();
    const { set, journal } = openMap(path);
    journal.close();
    expect(() => set('a', '1')).toThrow(`the journal ${path} is closed`);
    expect(statSync(path).size).toBe(0);
  });
});
