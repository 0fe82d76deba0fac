import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '#functions/cli/errors.ts';
import { buildProgram } from '#functions/cli/program.ts';
import { readConfig } from '#functions/core/config.ts';
import { logEvents } from '#functions/core/messages/log-events.ts';
import { parsePromoteEvent } from '#functions/core/messages/promote-event.ts';
import { assignmentSchema } from '#functions/core/records/assignment.ts';
import { names } from '#functions/core/records/object-names.ts';
import { receiptSchema } from '#functions/core/records/receipt.ts';
import { EXIT_CODES } from '#functions/core/sandbox/errors.ts';
import { FLAGS } from '#functions/core/sandbox/options/flags.ts';
import { ADOPTIONS } from '#functions/core/values/adoption.ts';
import { startCommand } from '../infra/local/demo/start-options.ts';
import { buildSession, fakeOutput } from './cli/fake-session.ts';
import { FakeCloud } from './fakes/fake-cloud.ts';
import { digestA } from './fixtures/digests.ts';

const docs = (name: string) => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8');
const reference = docs('reference.md');
const architecture = docs('architecture.md');

/** The text under a heading, up to the next heading of its level or above. */
function sectionOf(document: string, heading: string): string {
  const [, text = ''] = document.split(`\n${heading}\n`);
  const level = heading.indexOf(' ');
  return text.split(new RegExp(`\\n#{1,${level}} `))[0] ?? '';
}

/** The rows of all tables, header and rule left out: what stands in backquotes in each cell. */
function quotedCells(section: string): string[][][] {
  return section
    .split('\n')
    .filter((line) => /^\| (?!-)/.test(line) && line.includes('`'))
    .map((line) => line.split('|').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)))
    .map(([, ...cells]) => cells);
}

const firstCells = (section: string) => quotedCells(section).flatMap(([first = []]) => first);

function leavesOf(command: Command, path: readonly string[] = []): { line: string; flags: string[] }[] {
  if (command.commands.length === 0) {
    const flags = command.options.flatMap(({ long }) => long ?? []);
    return [{ line: path.join(' '), flags }];
  }
  return command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
}

describe('docs/reference.md', () => {
  it('the documented promote event is one that fanOut accepts', () => {
    const [, example = ''] = /```json\n([^`]*)```/.exec(sectionOf(reference, '## The promote event')) ?? [];
    const parsed = parsePromoteEvent(example.replace('sha256:…64 hex digits…', digestA));
    expect(parsed).toMatchObject({ ok: true });
  });

  it('the table of tenant states lists every adoption, worst first', () => {
    const [table = ''] = sectionOf(reference, '## Tenant states').split('Beside it');
    expect(firstCells(table)).toEqual([...ADOPTIONS]);
  });

  it('the pincast section names every command and option', () => {
    const section = sectionOf(reference, '## pincast');
    const session = buildSession(new FakeCloud(), fakeOutput(), fakeOutput());
    const commands = leavesOf(buildProgram({ session, runAction: () => async () => {} }));
    expect(commands.length).toBeGreaterThan(8);
    expect(commands.filter(({ line }) => !section.includes(`\`${line}`)).map(({ line }) => line)).toEqual([]);
    const documented = new Set([...section.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag));
    expect([...documented].sort()).toEqual([...new Set(commands.flatMap(({ flags }) => flags))].sort());
  });

  it('the table of npm start lists every option', () => {
    const documented = firstCells(sectionOf(reference, '## npm start')).map((cell) => cell.split(' ')[0]);
    const known = startCommand().options.map(({ long }) => long);
    expect(documented.filter((flag) => flag !== '--').sort()).toEqual(known.sort());
  });

  it('the exit codes of pincast are those of the code', () => {
    const [, table = ''] = sectionOf(reference, '## pincast').split('| exit code |');
    const documented = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(documented).toEqual(Object.values(exitCodes));
  });

  it('the table of pincast-sandbox lists every flag with its variable', () => {
    const [table = ''] = sectionOf(reference, '## pincast-sandbox').split('### Exit codes');
    const documented = quotedCells(table).flatMap(([flags = [], variables = []]) =>
      flags.flatMap((cell) => cell.split(' ')).map((flag, index) => [flag, variables[index] ?? null] as const),
    );
    const known = Object.entries(FLAGS).map(([flag, { env }]) => [`--${flag}`, env] as const);
    expect(new Map(documented)).toEqual(new Map(known));
  });

  it('the table of exit codes has each code of a sandbox with its number', () => {
    const documented = sectionOf(reference, '### Exit codes')
      .split('\n')
      .flatMap((row) => {
        const [, numbers = '', codes = ''] = row.split('|');
        const exits = numbers.split(',').map(Number);
        return [...codes.matchAll(/`([A-Z_]+)`/g)].map(([, code], index) => [code, exits[index] ?? exits[0]] as const);
      });
    expect(Object.fromEntries(documented)).toEqual(EXIT_CODES);
  });

  it('the table of receipts has every field', () => {
    const [, fields = ''] = sectionOf(reference, '## Receipts').split('| field |');
    expect(firstCells(fields).sort()).toEqual(Object.keys(receiptSchema.entries).sort());
  });

  it('the table of the configuration has every variable that is read', () => {
    const read = new Set<string>();
    const env = new Proxy<Record<string, string>>({}, { get: (_target, name) => void read.add(String(name)) });
    expect(() => readConfig(env)).toThrow('PINCAST_PROJECT: missing');
    const documented = firstCells(sectionOf(reference, '## Configuration'));
    expect(documented.filter((name) => name !== 'LOG_LEVEL').sort()).toEqual([...read].sort());
  });
});

describe('docs/architecture.md', () => {
  const state = sectionOf(architecture, '## State');

  it('the list of an assignment has every stored field', () => {
    const [, fields = ''] = /\*\*Assignment\.\*\* `\{([^}]*)\}`/.exec(state) ?? [];
    const { formatVersion, runtime, tenant, ...entries } = assignmentSchema.entries;
    expect(fields.split(/,\s*/).sort()).toEqual(Object.keys(entries).sort());
  });

  it('the table of objects has every name that is written', () => {
    const [runtime, tenant] = ['<runtime>', '<tenant>'];
    const written = [
      names.guard,
      names.assignment(runtime, tenant),
      names.tenant(runtime, tenant),
      names.hold(runtime, tenant),
      names.freeze('<runtime or all>'),
      names.launch(runtime, tenant, '<launchId>'),
      names.quota('<project>', '<region>'),
      names.reconcile(runtime),
      names.prompt(runtime),
      names.orphans(runtime),
      names.rejection('<messageId>'),
    ];
    expect(written.filter((name) => !state.includes(`\`${name}\``))).toEqual([]);
  });
});

it('docs/operations.md quotes log messages as functions write them', () => {
  const { promotionRecorded, promotionRejected, launchFailed, objectUnreadable } = logEvents;
  const operations = docs('operations.md');
  const messages = [promotionRecorded, promotionRejected, launchFailed, objectUnreadable];
  expect(messages.filter((message) => !operations.includes(`\`${message}\``))).toEqual([]);
});
