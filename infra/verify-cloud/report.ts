import type { Report, Result } from './run-checks.ts';
import type { Verdict } from './verdict.ts';

const WIDTH = 80;
const ID_WIDTH = 23;
const STATE_WIDTH = 9;

/** A table of 80 columns. */
export function formatTable({ results }: Pick<Report, 'results'>): string {
  const head = `${'VERDICT'.padEnd(STATE_WIDTH)}${'CHECK'.padEnd(ID_WIDTH)}OBSERVED`;
  const indent = ' '.repeat(STATE_WIDTH + ID_WIDTH);
  const rows = results.map(({ state, id, observed }) => {
    const lines = wrapped(observed, WIDTH - indent.length);
    return `${state.padEnd(STATE_WIDTH)}${id.padEnd(ID_WIDTH)}${lines.join(`\n${indent}`)}`;
  });
  return [head, ...rows, countsOf(results)].join('\n');
}

/** One line for each check, its fields between tabs: verdict, id, observed. */
export function formatLines({ results }: Pick<Report, 'results'>): string {
  return results.map(({ state, id, observed }) => [state, id, observed].join('\t')).join('\n');
}

/** 0: all hold; 1: one differs; 3: none differs, some are unknown. */
export function exitCodeOf(results: readonly Pick<Verdict, 'state'>[]): 0 | 1 | 3 {
  if (results.some(({ state }) => state === 'differs')) return 1;
  return results.some(({ state }) => state === 'unknown') ? 3 : 0;
}

function countsOf(results: readonly Result[]): string {
  const count = (state: Verdict['state']) => results.filter((result) => result.state === state).length;
  return `${results.length} checks: ${count('holds')} hold, ${count('differs')} differ, ${count('unknown')} unknown`;
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ').flatMap((word) => pieces(word, width))) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function pieces(word: string, width: number): string[] {
  return word.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''];
}
