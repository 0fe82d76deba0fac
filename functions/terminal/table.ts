import type { Output, Style } from './output.ts';

export type Cell = string | { text: string; style: Style };
export type Column = { title: string; right?: boolean };

const GAP = '  ';

/** Lines of a table. Columns that are empty in every row are left out; on a terminal a line is cut to its width. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], output: Output): string[] {
  const shown = columns.flatMap((column, index) => {
    const width = Math.max(0, ...rows.map((row) => textOf(row[index]).length));
    return width === 0 ? [] : [{ ...column, index, width: Math.max(width, column.title.length) }];
  });
  const line = (cellAt: (index: number) => Cell, paint: Output['paint']) => {
    let room = output.columns ?? Number.POSITIVE_INFINITY;
    const cells = shown.map(({ index, width, right }, position) => {
      const isLast = position === shown.length - 1;
      const text = cut(align(textOf(cellAt(index)), isLast && !right ? 0 : width, right), room);
      room -= text.length + GAP.length;
      const style = styleOf(cellAt(index));
      return style === undefined ? text : paint(style, text);
    });
    return cells.join(GAP).trimEnd();
  };
  const titles = line((index) => ({ text: columns[index]?.title ?? '', style: 'bold' }), output.paint);
  return [titles, ...rows.map((row) => line((index) => row[index] ?? '', output.paint))];
}

function align(text: string, width: number, right = false): string {
  return right ? text.padStart(width) : text.padEnd(width);
}

function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  return room <= 1 ? '' : `${text.slice(0, room - 1)}…`;
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'object' ? cell.text : (cell ?? '');
}

function styleOf(cell: Cell): Style | undefined {
  return typeof cell === 'object' ? cell.style : undefined;
}
