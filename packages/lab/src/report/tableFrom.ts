import type { ReportTable } from './reportInput.ts';

/** A column and what it says of each row; the first columns that name things go left, figures right. */
export interface TableColumn<Row> {
  readonly name: string;
  readonly align: 'left' | 'right';
  readonly of: (row: Row) => string;
}

/** A column of names. */
export function named<Row>(name: string, of: (row: Row) => string): TableColumn<Row> {
  return { name, align: 'left', of };
}

/** A column of figures. */
export function counted<Row>(name: string, of: (row: Row) => string): TableColumn<Row> {
  return { name, align: 'right', of };
}

/** A table whose columns stand beside what they show: they cannot get out of step. */
export function tableFrom<Row>(
  head: { readonly title: string; readonly caption: string },
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
): ReportTable {
  return {
    ...head,
    columns: columns.map(({ name, align }) => ({ name, align })),
    rows: rows.map((row) => columns.map(({ of }) => of(row))),
  };
}
