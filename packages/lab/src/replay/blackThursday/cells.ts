import { KEEPERS } from './assumptions.ts';

/** One cell: who stands ready to buy, and which oracle the protocol hears. */
export interface Cell {
  readonly name: string;
  readonly description: string;
  readonly oracle: 'delayed' | 'timely';
  readonly keepers: number;
  readonly hasBackstop: boolean;
}

const COMPANIES: readonly {
  readonly name: string;
  readonly says: string;
  readonly keepers: number;
  readonly hasBackstop: boolean;
}[] = [
  { name: 'no keeper', says: 'nobody bids', keepers: 0, hasBackstop: false },
  { name: 'one keeper', says: 'one liquidator with 1.5 million dollars', keepers: 1, hasBackstop: false },
  {
    name: 'ten keepers',
    says: 'ten liquidators with five million dollars between them',
    keepers: KEEPERS.length,
    hasBackstop: false,
  },
  {
    name: 'ten + backstop',
    says: 'the same ten, and a backstop tranche of three million',
    keepers: KEEPERS.length,
    hasBackstop: true,
  },
];

/** All eight, delayed oracle first. */
export const CELLS: readonly Cell[] = (['delayed', 'timely'] as const).flatMap((oracle) =>
  COMPANIES.map(({ name, says, keepers, hasBackstop }) => ({
    name: `${name}, ${oracle}`,
    description: `${says}; ${oracle === 'delayed' ? 'the oracle as it was, about an hour late' : 'the same oracle without its delay, still hourly'}`,
    oracle,
    keepers,
    hasBackstop,
  })),
);

/** The cell that the report shows in full. */
export const MAIN_CELL = 'ten + backstop, delayed';

export function cellNamed(name: string): Cell | undefined {
  return CELLS.find((cell) => cell.name === name);
}
