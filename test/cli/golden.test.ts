import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Paint } from '#functions/cli/output/output.ts';
import { truncated } from '#functions/core/orphans/detect.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { failed, type Outcome, succeeded } from '#functions/core/values/outcome.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { buildTar } from '../../infra/local/demo/build-tar.ts';
import { FakeCloud } from '../fakes/fake-cloud.ts';
import { digestB } from '../fixtures/digests.ts';
import { buildEntry } from '../fixtures/entry.ts';
import { TAR_URL } from '../fixtures/event.ts';
import { buildStoredReceipt } from '../fixtures/receipt.ts';
import { buildTenant, jobOfTenant, REGION } from '../fixtures/tenant.ts';
import { iso, publishTime } from '../fixtures/times.ts';
import { fakeOutput, type Ran, runOn, runWithFiles } from './fake-session.ts';
import { fanOut, type Rollout } from './fan-out.ts';
import { buildAdoptedFleet, buildRefusedFleet, buildTwoTargets, rejectPromotion } from './fleets.ts';

/** A command line, the cloud it runs against, and what else happens there meanwhile. */
type Case = {
  args: readonly string[];
  cloud?: () => FakeCloud;
  meanwhile?: (cloud: FakeCloud) => Promise<unknown>;
  readsFiles?: true;
};

let home = '';
beforeAll(() => {
  // A path of fixed length, because messages are wrapped with it.
  home = mkdtempSync('/tmp/pincast-golden-');
  writeFileSync(join(home, 'notes.txt'), 'no archive');
  writeFileSync(join(home, 'environment.tar'), buildTar([{ path: 'bin/work', mode: 0o755, content: '#!/bin/sh\n' }]));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const { digest } = new FakeCloud().tars.put(TAR_URL, 'the bytes');
const promote = ['promote', TAR_URL, digest, '--runtime', 'codex', '--promotion-id', 'p-1'];
const execution = `${jobOfTenant('acme')}/executions/codex-acme-1`;

function buildPromotableFleet(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(buildTenant('acme'), buildTenant('globex'));
  cloud.tars.put(TAR_URL, 'the bytes');
  cloud.jobs.add(jobOfTenant('initech'));
  return cloud;
}

function buildHaltingFleet(): FakeCloud {
  const cloud = buildPromotableFleet();
  cloud.record(buildEntry(1, { environmentTarDigest: digestB, publishTime: publishTime(-10) }));
  return cloud;
}

function buildUnreadableFleet(): FakeCloud {
  const cloud = buildAdoptedFleet(succeeded);
  cloud.register(buildTenant('globex'));
  cloud.assignments.put(names.assignment('codex', 'globex'), '{"formatVersion": 99}');
  return cloud;
}

function buildOrphanedFleet(): FakeCloud {
  const cloud = buildRefusedFleet();
  const orphan = { execution: `${REGION}/jobs/codex-acme/executions/codex-acme-9`, tenant: 'acme' };
  const orphans = {
    formatVersion: FORMAT_VERSION,
    runtime: 'codex',
    lookedAt: iso(5),
    undecidedSince: {},
    jobless: truncated(Array.from({ length: 12 }, (_, index) => `t${index}`)),
    executions: truncated([{ ...orphan, createdAt: iso(65), why: 'no launch record' }]),
    unseen: truncated([REGION]),
  };
  cloud.control.put(names.orphans('codex'), formatRecord(orphans));
  return cloud;
}

function buildRejectingFleet(): FakeCloud {
  const cloud = buildRefusedFleet();
  rejectPromotion(cloud, '77', '"nope" is not a tenant of codex');
  return cloud;
}

function buildExecutableFleet(): FakeCloud {
  const cloud = buildPromotableFleet();
  cloud.file(buildStoredReceipt({}), buildStoredReceipt({ kind: 'finished', exitCode: 0 }));
  return cloud;
}

const rollout = (options: Rollout) => (cloud: FakeCloud) => fanOut(cloud, options);
const endExecution = (outcome: Outcome) => async (cloud: FakeCloud) => {
  while (cloud.jobs.execution(execution) === undefined) await cloud.stage.sleep(10);
  await cloud.stage.sleep(2000);
  cloud.jobs.end(execution, outcome);
};
const helped = [
  [],
  ['promote'],
  ['status'],
  ['recheck'],
  ['execute'],
  ['digest'],
  ['tenants'],
  ['tenants', 'add'],
  ['tenants', 'list'],
  ['tenants', 'remove'],
  ['up'],
];

const cases: Record<string, Case> = {
  ...Object.fromEntries(
    helped.map((words) => [`help/${words.join('-') || 'pincast'}`, { args: [...words, '--help'] }]),
  ),
  'usage/unknown-command': { args: ['promot'] },
  'usage/unknown-option': { args: ['status', '--jsno'] },
  'usage/unknown-subcommand': { args: ['tenants', 'lst'] },
  'usage/missing-argument': { args: ['execute'] },
  'usage/missing-value': { args: ['promote', 'environment.tar', '--runtime'] },
  'usage/excess-arguments': { args: ['status', 'codex', 'acme'] },

  'promote/async': { args: [...promote, '--async'] },
  'promote/recorded': { args: promote, meanwhile: rollout({}) },
  'promote/wait-succeeded': { args: [...promote, '--wait'], meanwhile: rollout({}) },
  'promote/wait-json': { args: [...promote, '--wait', '--json'], meanwhile: rollout({}) },
  'promote/wait-halted': {
    args: [...promote, '--wait'],
    cloud: buildHaltingFleet,
    meanwhile: rollout({ behaviour: { acme: { digest: digestB }, globex: { exitCode: 127 } } }),
  },
  'promote/wait-timeout': {
    args: [...promote, '--wait', '--timeout', '20'],
    meanwhile: rollout({ behaviour: { globex: 'hangs' } }),
  },
  'promote/local-tar': {
    args: ['promote', 'HOME/environment.tar', '--runtime', 'codex', '--promotion-id', 'p-1', '--async'],
    readsFiles: true,
  },
  'promote/local-file-no-archive': { args: ['promote', 'HOME/notes.txt', '--runtime', 'codex'], readsFiles: true },
  'promote/launch-none': { args: [...promote, '--launch', 'none', '--wait'], meanwhile: rollout({}) },
  'promote/rejected': { args: [...promote, '--expected-revision', '7'], meanwhile: rollout({}) },
  'promote/unrecorded': { args: promote },
  'promote/long-id': { args: [...promote.slice(0, -1), `p-${'1'.repeat(60)}`, '--async'] },
  'promote/wrong-arguments': {
    args: ['promote', 'gs://elsewhere/1.tar', 'md5:1', '--tenants', 'a,B', '--timeout', '0', '--launch', 'now'],
  },

  'status/fleet': { args: ['status', 'codex'], cloud: buildRefusedFleet },
  'status/two-targets': { args: ['status'], cloud: buildTwoTargets },
  'status/tenant': { args: ['status', 'globex'], cloud: buildTwoTargets },
  'status/json': { args: ['status', 'codex', '--json'], cloud: () => buildAdoptedFleet(succeeded) },
  'status/orphans': { args: ['status', 'codex'], cloud: buildOrphanedFleet },
  'status/rejection': { args: ['status', 'codex'], cloud: buildRejectingFleet },
  'status/unreadable': { args: ['status', 'codex', '--exit-code'], cloud: buildUnreadableFleet },
  'status/nothing-promoted': { args: ['status'] },
  'status/nothing-registered': { args: ['status', '--exit-code'], cloud: () => new FakeCloud() },
  'status/unknown-name': { args: ['status', 'nope'] },

  'recheck/runtime': { args: ['recheck', 'codex'] },
  'recheck/json': { args: ['recheck', '--json'] },
  'recheck/nothing-to-relaunch': {
    args: ['recheck', 'codex', '--relaunch'],
    cloud: () => buildAdoptedFleet(failed(127, null)),
  },
  'recheck/unknown-tenant': { args: ['recheck', 'codex', '--tenants', 'nope'] },

  'execute/started': { args: ['execute', 'acme'] },
  'execute/wait-succeeded': {
    args: ['execute', 'acme', '--wait'],
    cloud: buildExecutableFleet,
    meanwhile: endExecution(succeeded),
  },
  'execute/wait-unproven': { args: ['execute', 'acme', '--wait'], meanwhile: endExecution(succeeded) },
  'execute/wait-timeout': { args: ['execute', 'acme', '--wait', '--timeout', '3'] },
  'execute/unknown-tenant': { args: ['execute', 'nope'] },

  'digest/file': { args: ['digest', 'HOME/environment.tar'], readsFiles: true },
  'digest/json': { args: ['digest', 'HOME/environment.tar', '--json'], readsFiles: true },
  'digest/missing-file': { args: ['digest', 'HOME/absent.tar'] },

  'tenants/add': { args: ['tenants', 'add', 'initech', '--runtime', 'codex', '--job', jobOfTenant('initech')] },
  'tenants/add-registered': { args: ['tenants', 'add', 'acme', '--runtime', 'codex', '--job', jobOfTenant('acme')] },
  'tenants/add-wrong-arguments': { args: ['tenants', 'add', 'A', 'b', 'b'] },
  'tenants/list': { args: ['tenants', 'list'] },
  'tenants/list-json': { args: ['tenants', 'list', 'codex', '--json'] },
  'tenants/list-unknown-runtime': { args: ['tenants', 'list', 'argon'] },
  'tenants/remove': { args: ['tenants', 'remove', 'globex', '--runtime', 'codex'] },
  'tenants/remove-unregistered': { args: ['tenants', 'remove', 'globex', 'nope', '--runtime', 'codex'] },
};

async function runCase(given: Case, columns?: number, paint?: Paint): Promise<Ran> {
  const { cloud: build = buildPromotableFleet, meanwhile, readsFiles } = given;
  const cloud = build();
  const out = fakeOutput(columns, paint);
  const args = given.args.map((arg) => arg.replace('HOME', home));
  if (readsFiles) return runWithFiles(out, cloud, args);
  return runOn(out, cloud, args, ...(meanwhile === undefined ? [] : [meanwhile(cloud)]));
}

/** Paints as a stream does on a terminal, with the escape character made visible. */
const visibleColours: Paint = (style, text) =>
  styleText(style, text, { validateStream: false }).replaceAll('\u001b', '<esc>');

/** A progress line that replaces the one before is shown beneath it. */
function describeRan(title: string, { exitCode, out, err }: Ran): string {
  const sections = [`=== ${title}: exit code ${exitCode}`, '--- stdout', out, '--- stderr', err];
  return sections
    .map((section) => `${section.replaceAll(home, 'HOME').replaceAll('\r\u001b[K', '\n<rewritten> ').trimEnd()}\n`)
    .join('');
}

it.each(Object.entries(cases))(
  'pincast prints what golden/%s.txt shows, on a terminal and in a pipe',
  async (name, given) => {
    const text = [
      `$ pincast ${given.args.join(' ')}\n`,
      describeRan('terminal of 80 columns', await runCase(given, 80)),
      describeRan('pipe', await runCase(given)),
    ].join('\n');
    await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
  },
);

it.each(['status/two-targets', 'status/orphans', 'status/unknown-name', 'promote/wait-halted'])(
  'pincast colours a terminal as golden/%s-coloured.txt shows',
  async (name) => {
    const given = cases[name] as Case;
    const text = describeRan('coloured terminal of 80 columns', await runCase(given, 80, visibleColours));
    await expect(`$ pincast ${given.args.join(' ')}\n\n${text}`).toMatchFileSnapshot(`golden/${name}-coloured.txt`);
  },
);

it.each(helped.map((words) => [...words, '--help']).map((args) => [args.join(' '), args] as const))(
  'pincast %s fits a terminal of 80 columns',
  async (_line, args) => {
    const { out } = await runCase({ args }, 80);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  },
);

/** `pincast digest` prints one line of `sha256sum`'s format. */
const prose = Object.entries(cases).filter(([name]) => name !== 'digest/file');

it.each(prose)('pincast keeps the words of %s within 80 columns of a terminal', async (_name, given) => {
  const { out } = await runCase(given, 80);
  const isOneWord = (line: string) => !line.trim().slice(13).trim().includes(' ');
  expect(out.split('\n').filter((line) => line.length > 80 && !isOneWord(line) && !line.startsWith('{'))).toEqual([]);
});
