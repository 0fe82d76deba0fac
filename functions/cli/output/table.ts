import type { Output, Style } from './output.ts';

export type Cell = string | { text: string; style: Style };
/** A narrow terminal omits columns with `drop`, the greatest first. */
export type Column = { title: string; right?: boolean; drop?: number };

type Sized = Column & { index: number; width: number };

const GAP = '  ';

/**
 * Renders a table without its empty columns. To fit a terminal, columns with `drop` are omitted; then longer lines are cut.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], output: Output): string[] {
  const shown = fitting(sized(columns, rows), output.columns);
  const line = (cellAt: (index: number) => Cell, paint: Output['paint']) => {
    let space = output.columns ?? Number.POSITIVE_INFINITY;
    const cells = shown.map(({ index, width, right }, position) => {
      const isLast = position === shown.length - 1;
      const text = cut(align(textOf(cellAt(index)), isLast && !right ? 0 : width, right), space);
      space -= text.length + GAP.length;
      const style = styleOf(cellAt(index));
      return style === undefined ? text : paint(style, text);
    });
    return cells.join(GAP).trimEnd();
  };
  const titles = line((index) => ({ text: columns[index]?.title ?? '', style: 'bold' }), output.paint);
  return [titles, ...rows.map((row) => line((index) => row[index] ?? '', output.paint))];
}

function sized(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Sized[] {
  return columns.flatMap((column, index) => {
    const width = Math.max(0, ...rows.map((row) => textOf(row[index]).length));
    return width === 0 ? [] : [{ ...column, index, width: Math.max(width, column.title.length) }];
  });
}

function fitting(columns: readonly Sized[], space = Number.POSITIVE_INFINITY): readonly Sized[] {
  const needed = columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
  const [first] = columns.filter(({ drop }) => drop !== undefined).sort((a, b) => (b.drop ?? 0) - (a.drop ?? 0));
  if (needed <= space || first === undefined) return columns;
  return fitting(
    columns.filter((column) => column !== first),
    space,
  );
}

function align(text: string, width: number, right = false): string {
  return right ? text.padStart(width) : text.padEnd(width);
}

function cut(text: string, space: number): string {
  if (text.length <= space) return text;
  return space <= 1 ? '' : `${text.slice(0, space - 1)}…`;
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'object' ? cell.text : (cell ?? '');
}

function styleOf(cell: Cell): Style | undefined {
  return typeof cell === 'object' ? cell.style : undefined;
}
