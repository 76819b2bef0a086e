export interface Column {
  readonly align: 'left' | 'right';
}

/**
 * Rows as lines of aligned columns, two spaces between them, no space at the end of a line. Cells are plain text: paint
 * whole lines afterwards.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columns.map((_column, index) => rows.reduce((most, row) => Math.max(most, (row[index] ?? '').length), 0));
  return rows.map((row) =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? '';
        const width = widths[index] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
