const WIDTH = 80;

/** The lines of a text, none longer than `width`. A longer word is cut. */
export function wrap(text: string, width = WIDTH): string[] {
  const lines = [''];
  for (const word of text.split(' ').flatMap((one) => one.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''])) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A row of 80 columns: cells of these widths with one entry a line, and a text that is wrapped beside them. */
export function formatRow(cells: readonly (readonly string[])[], widths: readonly number[], text: string): string {
  const lines = wrap(text, WIDTH - widths.reduce((sum, width) => sum + width, 0));
  const height = Math.max(lines.length, ...cells.map(({ length }) => length));
  const lineOf = (_: unknown, line: number) => {
    const own = cells.map((entries, cell) => (entries[line] ?? '').padEnd(widths[cell] ?? 0));
    return [...own, lines[line] ?? ''].join('').trimEnd();
  };
  return Array.from({ length: height }, lineOf).join('\n');
}
