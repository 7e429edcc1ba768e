import { styleText } from 'node:util';

export interface Column {
  title: string;
  /** Numbers are aligned right. */
  align?: 'left' | 'right';
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';
export type Paint = (style: Style, text: string) => string;
export type Cell = string | { text: string; style: Style };

/** Colours only for a terminal, and not where NO_COLOR is set. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}

export const plain: Paint = (_, text) => text;

/** Lines of aligned columns under their titles, without trailing blanks. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: Paint = plain,
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => textOf(row[index]).length)),
  );
  const line = (cells: readonly Cell[]): string =>
    columns
      .map((column, index) => renderCell(cells[index], widths[index]!, column, paint))
      .join('  ')
      .trimEnd();
  const titles = columns.map(({ title }): Cell => ({ text: title, style: 'bold' }));
  return [line(titles), ...rows.map(line)];
}

function renderCell(cell: Cell | undefined, width: number, column: Column, paint: Paint): string {
  const text = textOf(cell);
  const blanks = ' '.repeat(width - text.length);
  const painted = typeof cell === 'object' ? paint(cell.style, text) : text;
  return column.align === 'right' ? blanks + painted : painted + blanks;
}

function textOf(cell: Cell | undefined): string {
  return visible(typeof cell === 'object' ? cell.text : (cell ?? ''));
}

/** A group may have any name: what would move the cursor or break the line is shown as its code. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
