import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Entry, Journal, readJournal } from '../../../../infra/local/run/journal.ts';
import { temporaryFolder } from './run-fixture.ts';

const progress = (at: string): Entry => ({ kind: 'progress', execution: 'e', progress: { startTime: at }, at });

test('a journal that grows is rewritten with what the state needs, and never loses the entry that made it grow', async () => {
  const path = join(await temporaryFolder(), 'journal.jsonl');
  let state = progress('0');
  const journal = new Journal(path, () => [state], 1_000);
  for (let round = 1; round <= 500; round += 1) {
    const entry = progress(String(round));
    journal.append(entry);
    state = entry;
    expect(readJournal(path).at(-1)).toEqual(entry);
  }
  journal.close();
  expect(statSync(path).size).toBeLessThan(2_000);
});

test('only its owner can read a journal: env values are in it', async () => {
  const path = join(await temporaryFolder(), 'journal.jsonl');
  new Journal(path, () => [progress('0')]).close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
