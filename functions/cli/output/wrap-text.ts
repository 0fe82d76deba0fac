/** Lines no longer than `width`, broken at spaces; a longer word keeps its line. Undefined width: one line. */
export function wrapText(text: string, width: number | undefined, indent = ''): string[] {
  if (width === undefined) return [`${indent}${text}`];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && indent.length + longer.length > width) {
      lines.push(`${indent}${line}`);
      line = word;
    } else line = longer;
  }
  return [...lines, `${indent}${line}`];
}
