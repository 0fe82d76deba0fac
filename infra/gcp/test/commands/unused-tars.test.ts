import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const HAS_JQ = spawnSync('jq', ['--version']).status === 0;
const PROGRAM = new URL('../../unused-tars.jq', import.meta.url).pathname;
const DAY_MS = 86_400_000;
const BUCKET = 'acme-environments';

type Tenant = { target: number | null; revision: number | null; lastGood: number | null };
type Input = { tenants?: Tenant[]; ledger?: object[]; stored?: object[]; unreadable?: object[] };

const url = (tar: string) => `gs://${BUCKET}/${tar}`;
const entry = (runtime: string, revision: number, tar: string) => ({ runtime, revision, environmentTarUrl: url(tar) });
const stored = (name: string, days: number) => ({
  url: `${url(name)}#1`,
  metadata: { bucket: BUCKET, name, timeCreated: new Date(Date.now() - days * DAY_MS).toISOString() },
});

/** What the program prints for a fleet of `codex`, with the newest two revisions and the last 7 days kept. */
function unusedTars({ tenants = [], ledger = [], stored: objects = [], unreadable = [] }: Input) {
  const directory = mkdtempSync(join(tmpdir(), 'unused-tars-'));
  try {
    const fleets = { fleets: [{ runtime: 'codex', tenants, unreadable }] };
    writeFileSync(join(directory, 'fleets.json'), JSON.stringify(fleets));
    writeFileSync(join(directory, 'ledger.json'), ledger.map((one) => JSON.stringify(one)).join('\n'));
    writeFileSync(join(directory, 'stored.json'), JSON.stringify(objects));
    const files = ['fleets', 'ledger', 'stored'].flatMap((name) => ['--slurpfile', name, `${name}.json`]);
    const limits = ['--argjson', 'keep', '2', '--argjson', 'days', '7'];
    const args = ['--null-input', '--raw-output', ...files, ...limits, '--from-file', PROGRAM];
    const { status, stdout, stderr } = spawnSync('jq', args, { cwd: directory, encoding: 'utf8' });
    return { status, tars: stdout.split('\n').filter((line) => line !== ''), stderr };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const fiveRevisions = [1, 2, 3, 4, 5].map((revision) => entry('codex', revision, `codex/${revision}.tar`));
const fiveTars = [1, 2, 3, 4, 5].map((revision) => stored(`codex/${revision}.tar`, 30));

describe.skipIf(!HAS_JQ)('unused-tars.jq', () => {
  it('prints the tars of old revisions that no tenant needs', () => {
    const tenants = [{ target: 5, revision: 5, lastGood: 4 }];
    const { status, tars } = unusedTars({ tenants, ledger: fiveRevisions, stored: fiveTars });
    expect(status).toBe(0);
    expect(tars).toEqual([url('codex/1.tar'), url('codex/2.tar'), url('codex/3.tar')]);
  });

  it('keeps an old tar that is a target, an assignment or the last good revision', () => {
    const tenants = [{ target: 3, revision: 2, lastGood: 1 }];
    expect(unusedTars({ tenants, ledger: fiveRevisions, stored: fiveTars }).tars).toEqual([]);
  });

  it('keeps a tar in the directory of one runtime that another runtime has pinned', () => {
    const ledger = [...fiveRevisions, entry('argon', 1, 'codex/1.tar')];
    expect(unusedTars({ ledger, stored: fiveTars }).tars).toEqual([url('codex/2.tar'), url('codex/3.tar')]);
  });

  it('keeps tars that were never promoted for seven days', () => {
    const objects = [stored('codex/new.tar', 6), stored('codex/old.tar', 8)];
    expect(unusedTars({ ledger: fiveRevisions, stored: objects }).tars).toEqual([url('codex/old.tar')]);
  });

  it.each([
    ['an empty ledger', { ledger: [] }, 'the ledger is empty'],
    [
      'unreadable objects',
      { unreadable: [{ object: 'codex/acme.json', why: 'x' }] },
      'status names unreadable objects',
    ],
  ])('prints nothing and fails on %s', (_, input, message) => {
    const { status, tars, stderr } = unusedTars({ ledger: fiveRevisions, stored: fiveTars, ...input });
    expect({ status, tars }).toEqual({ status: 5, tars: [] });
    expect(stderr).toContain(message);
  });
});
