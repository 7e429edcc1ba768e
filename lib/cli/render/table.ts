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
  const titles = columns.map(({ title }): Cell => ({ text: title, style: 'bold' }));
  const lines = [titles, ...rows].map((cells) => columns.map((_, index) => shown(cells[index])));
  const widths = columns.map((_, index) =>
    lines.reduce((width, cells) => Math.max(width, widthOf(cells[index]!.text)), 0),
  );
  return lines.map((cells) =>
    columns
      .map((column, index) => renderCell(cells[index]!, widths[index]!, column, paint))
      .join('  ')
      .trimEnd(),
  );
}

interface ShownCell {
  text: string;
  style?: Style;
}

function shown(cell: Cell = ''): ShownCell {
  return typeof cell === 'string'
    ? { text: visible(cell) }
    : { text: visible(cell.text), style: cell.style };
}

function renderCell(
  { text, style }: ShownCell,
  width: number,
  column: Column,
  paint: Paint,
): string {
  const blanks = ' '.repeat(width - widthOf(text));
  const painted = style === undefined ? text : paint(style, text);
  return column.align === 'right' ? blanks + painted : painted + blanks;
}

/** A group may have any name: what would move the cursor or break the line is shown as its code. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** Of a terminal's columns: Chinese, Japanese and Korean characters and emoji take two. */
function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  const wide = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303f\uff01-\uff60]/u;
  return [...text].reduce((width, character) => {
    if (/\p{M}/u.test(character)) return width;
    return width + (wide.test(character) || /\p{Emoji_Presentation}/u.test(character) ? 2 : 1);
  }, 0);
}
