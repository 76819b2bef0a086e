import type { Random } from '../random/random.ts';

/** What a leg of a reference book is: a perpetual, or a straddle of a call and a put at the money, 30 days to expiry when it is bought. */
export type LegKind = 'perpetual' | 'straddle';

export interface BookLeg {
  readonly kind: LegKind;
  readonly underlying: string;
  /** Signed share of the book's size; a straddle's is the notional of its underlying. */
  readonly share: number;
}

export interface ReferenceBook {
  readonly name: string;
  readonly kind: 'long' | 'short' | 'random' | 'straddle' | 'dispersion' | 'basis';
  /** The underlying of a long or short book. */
  readonly underlying: string | null;
  /** True where the profit comes from a model of something that was not observed, here implied volatility. */
  readonly isModelled: boolean;
  /** Held anew at these shares each day. */
  readonly legs: readonly BookLeg[];
}

const RANDOM_BOOKS = 10;

/** The reference books over these underlyings: long and short each, random ones from the seed, straddles and a dispersion. */
export function referenceBooks(underlyings: readonly string[], random: Random): readonly ReferenceBook[] {
  return [
    ...underlyings.flatMap((underlying) => [oneSided(underlying, 1), oneSided(underlying, -1)]),
    ...Array.from({ length: RANDOM_BOOKS }, (_, index) => randomBook(underlyings, index + 1, random.fork(`book ${index + 1}`))),
    ...['BTC', 'ETH']
      .filter((one) => underlyings.includes(one))
      .flatMap((underlying) => [straddle(underlying, 1), straddle(underlying, -1)]),
    ...dispersion(underlyings),
  ];
}

function oneSided(underlying: string, sign: 1 | -1): ReferenceBook {
  const kind = sign > 0 ? 'long' : 'short';
  return {
    name: `${kind} ${underlying}`,
    kind,
    underlying,
    isModelled: false,
    legs: [{ kind: 'perpetual', underlying, share: sign }],
  };
}

/** Perpetuals on every underlying, each share normal, scaled so that their magnitudes add to one. */
function randomBook(underlyings: readonly string[], number: number, random: Random): ReferenceBook {
  const draws = underlyings.map(() => random.normal());
  const gross = draws.reduce((sum, draw) => sum + Math.abs(draw), 0);
  const legs = underlyings.map(
    (underlying, index): BookLeg => ({ kind: 'perpetual', underlying, share: (draws[index] ?? 0) / gross }),
  );
  return { name: `random ${number}`, kind: 'random', underlying: null, isModelled: false, legs };
}

function straddle(underlying: string, sign: 1 | -1): ReferenceBook {
  return {
    name: `${sign > 0 ? 'long' : 'short'} ${underlying} straddle`,
    kind: 'straddle',
    underlying: null,
    isModelled: true,
    legs: [{ kind: 'straddle', underlying, share: sign }],
  };
}

/** Straddles long on everything but bitcoin and ether, short on those two, the same notional on both sides. */
function dispersion(underlyings: readonly string[]): readonly ReferenceBook[] {
  const short: readonly string[] = ['BTC', 'ETH'].filter((one) => underlyings.includes(one));
  const long = underlyings.filter((one) => !short.includes(one));
  if (short.length === 0 || long.length === 0) return [];
  const legs: readonly BookLeg[] = [
    ...long.map((underlying): BookLeg => ({ kind: 'straddle', underlying, share: 1 / long.length })),
    ...short.map((underlying): BookLeg => ({ kind: 'straddle', underlying, share: -1 / short.length })),
  ];
  return [{ name: 'dispersion', kind: 'dispersion', underlying: null, isModelled: true, legs }];
}
