import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { adoptionStyle, summarizeTenants } from '#functions/cli/output/adoption-style.ts';
import { streamOutput } from '#functions/cli/output/output.ts';
import { renderTable } from '#functions/cli/output/table.ts';
import { describeAge, sanitizeForTerminal, wrapText } from '#functions/cli/output/text.ts';
import { progressOn } from '#functions/cli/wait-with-progress.ts';
import { ADOPTIONS } from '#functions/core/values/adoption.ts';
import { failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { at, iso } from '../../fixtures/times.ts';
import { fakeOutput } from '../fake-session.ts';

function terminal(columns?: number): NodeJS.WriteStream {
  return Object.assign(new PassThrough(), { isTTY: true, columns }) as unknown as NodeJS.WriteStream;
}

describe('streamOutput and adoptionStyle', () => {
  it.each([
    ['on a terminal', terminal(80), {}, '\u001b[31mx\u001b[39m'],
    ['on a terminal with an empty NO_COLOR', terminal(80), { NO_COLOR: '' }, '\u001b[31mx\u001b[39m'],
    ['with NO_COLOR', terminal(80), { NO_COLOR: '1' }, 'x'],
    ['with NO_COLOR, whatever FORCE_COLOR says', terminal(80), { NO_COLOR: '1', FORCE_COLOR: '1' }, 'x'],
    ['in a pipe', new PassThrough() as unknown as NodeJS.WriteStream, { FORCE_COLOR: '1' }, 'x'],
  ])('paint colours text only on a terminal without NO_COLOR: %s', (_title, stream, env, expected) => {
    expect(streamOutput(stream, env).paint('red', 'x')).toBe(expected);
  });

  it('columns is the terminal’s width, 80 if it is unknown, and undefined in a pipe', () => {
    expect(streamOutput(terminal(120), {}).columns).toBe(120);
    expect(streamOutput(terminal(0), {}).columns).toBe(80);
    expect(streamOutput(new PassThrough() as unknown as NodeJS.WriteStream, {}).columns).toBeUndefined();
  });

  it('adoptionStyle is red for every failure and green for ADOPTED alone', () => {
    const red = ADOPTIONS.filter((state) => adoptionStyle(state) === 'red');
    expect(red).toEqual(['REFUSED', 'FAILED', 'UNPROVEN']);
    expect(ADOPTIONS.filter((state) => adoptionStyle(state) === 'green')).toEqual(['ADOPTED']);
  });
});

describe('renderTable', () => {
  const columns = [{ title: 'NAME' }, { title: 'EMPTY' }, { title: 'N', right: true }, { title: 'WHY' }];

  it('aligns its columns and omits those without content', () => {
    const rows = [
      ['a', '', '1', 'because'],
      ['longer', '', '100', ''],
    ];
    expect(renderTable(columns, rows, fakeOutput())).toEqual([
      'NAME      N  WHY',
      'a         1  because',
      'longer  100',
    ]);
  });

  it.each([10, 14, 20, 21])('never writes past the %i columns of a terminal', (width) => {
    const lines = renderTable(columns, [['tenant', '', '1', 'a long reason']], fakeOutput(width));
    expect(lines.every((line) => line.length <= width)).toBe(true);
    expect(lines[1]?.startsWith('tenant')).toBe(true);
  });

  it('drops whole columns on a narrow terminal, the least important first', () => {
    const droppable = [{ title: 'A' }, { title: 'B', drop: 1 }, { title: 'C', drop: 2 }, { title: 'D' }];
    const rows = [['aaaa', 'bbbb', 'cccc', 'dddd']];
    const titlesAt = (width: number) => renderTable(droppable, rows, fakeOutput(width))[0];
    expect(titlesAt(22)).toBe('A     B     C     D');
    expect(titlesAt(21)).toBe('A     B     D');
    expect(titlesAt(15)).toBe('A     D');
  });

  it('ends a cut cell with an ellipsis', () => {
    expect(renderTable([{ title: 'A' }], [['abcdefgh']], fakeOutput(5))[1]).toBe('abcd…');
  });
});

describe('sanitizeForTerminal', () => {
  it.each([
    ['plain', 'plain'],
    ['a\tb\nc\r\nd', 'a b c d'],
    ['\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['c1 \u009b31m', 'c1  31m'],
    ['\u202egnp.exe', 'gnp.exe'],
    ['ümlaut — 日本語 ✓', 'ümlaut — 日本語 ✓'],
  ])('removes control characters of %j', (text, expected) => {
    expect(sanitizeForTerminal(text)).toBe(expected);
  });
});

describe('describeAge', () => {
  it.each([
    [null, ''],
    [iso(0), '0s'],
    [iso(-59), '59s'],
    [iso(-60), '1m'],
    [iso(-3599), '59m'],
    [iso(-3600), '1h'],
    [iso(-86_400 * 3), '3d'],
    [iso(60), '0s'],
  ])('describes the age of %s as %s', (timestamp, expected) => {
    expect(describeAge(timestamp, at(0))).toBe(expected);
  });
});

describe('summarizeTenants', () => {
  it('counts the worst adoption first, then the workloads of the adopted tenants', () => {
    const tenants = [
      { adoption: 'ADOPTED', outcome: succeeded },
      { adoption: 'REFUSED', outcome: failed(65, null) },
      { adoption: 'ADOPTED', outcome: failed(127, null) },
      { adoption: 'ADOPTED', outcome: running },
      { adoption: 'NEVER_RAN', outcome: null },
    ] as const;
    expect(summarizeTenants(tenants)).toBe(
      '1 refused, 1 never ran, 3 adopted, 1 workload failed, 1 workload running, 1 workload succeeded',
    );
    expect(summarizeTenants([])).toBe('no tenants');
  });

  it('says that every tenant adopted and every workload failed', () => {
    const tenants = Array.from({ length: 12 }, () => ({ adoption: 'ADOPTED', outcome: failed(127, null) }) as const);
    expect(summarizeTenants(tenants)).toBe('12 adopted, 12 workloads failed');
  });
});

describe('wrapText', () => {
  it.each([
    [10, ['> aaa bbb', '> ccc', '> dddddddddddd']],
    [undefined, ['> aaa bbb ccc dddddddddddd']],
  ])('breaks at spaces for %s columns, and cuts no word', (width, expected) => {
    expect(wrapText('aaa bbb ccc dddddddddddd', width, '> ')).toEqual(expected);
  });
});

describe('progressOn', () => {
  it('prints a line for every change in a pipe', () => {
    const output = fakeOutput();
    const progress = progressOn(output);
    progress.show('2 LAUNCHING', 0);
    progress.show('2 LAUNCHING', 1);
    progress.show('2 ADOPTED', 2);
    progress.end();
    expect(output.text()).toBe('0s  2 LAUNCHING\n2s  2 ADOPTED\n');
  });

  it('rewrites one line on a terminal, and removes it at the end', () => {
    const output = fakeOutput(12);
    const progress = progressOn(output);
    progress.show('2 LAUNCHING', 0);
    progress.show('2 LAUNCHING', 1);
    progress.end();
    expect(output.text()).toBe('\r\u001b[K0s  2 LAUNC\r\u001b[K1s  2 LAUNC\r\u001b[K');
  });
});
