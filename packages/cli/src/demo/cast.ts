import { createRandom } from '@plimsoll/lab/random/random';
import { DEMO_LOT_NANO } from './demoMarket.ts';

/**
 * Who plays in the demo. Everybody here is made up (seeded): sizes and leverages are stated mixtures, not measurements. Money in
 * 1e-6 DAI, ether in 1e-9.
 */
export type Persona =
  | { readonly role: 'marketMaker' | 'lender' | 'provider' | 'liquidator'; readonly name: string; readonly capital: bigint }
  | { readonly role: 'borrower'; readonly name: string; readonly ether: bigint; readonly collateralRatioPpm: number }
  | {
      readonly role: 'trader';
      readonly name: string;
      readonly capital: bigint;
      readonly leveragePpm: number;
      readonly isLong: boolean;
    };

const MICRO = 1_000_000n;
const NANO = 1_000_000_000n;
const BORROWERS = 20;
const TRADERS = 24;
/** DAI. Between them less than what comes to auction in the worst hour: the backstop has work. */
const LIQUIDATORS: readonly bigint[] = [90_000n, 40_000n, 15_000n];
const PROVIDERS: readonly bigint[] = [600_000n, 300_000n, 100_000n];
const LEVERAGES: readonly number[] = [1_000_000, 2_000_000, 2_000_000, 3_000_000, 3_000_000, 5_000_000];

export function demoCast(seed = 1): readonly Persona[] {
  const random = createRandom(seed).fork('demo-cast');
  const borrowers = Array.from({ length: BORROWERS }, (_, place) => ({
    role: 'borrower' as const,
    name: `borrower ${place + 1}`,
    ether: BigInt(20 + random.integerBelow(480)) * NANO,
    collateralRatioPpm: 1_520_000 + random.integerBelow(900_000),
  }));
  const traders = Array.from({ length: TRADERS }, (_, place) => ({
    role: 'trader' as const,
    name: `trader ${place + 1}`,
    capital: BigInt(1_000 * 2 ** random.integerBelow(6) + random.integerBelow(1_000)) * MICRO,
    leveragePpm: LEVERAGES[random.integerBelow(LEVERAGES.length)] ?? 1_000_000,
    isLong: random.integerBelow(100) < 65,
  }));
  return [
    { role: 'marketMaker', name: 'market maker', capital: 15_000_000n * MICRO },
    { role: 'lender', name: 'lender', capital: 5_000_000n * MICRO },
    ...PROVIDERS.map((dai, place) => ({
      role: 'provider' as const,
      name: `backstop provider ${place + 1}`,
      capital: dai * MICRO,
    })),
    ...LIQUIDATORS.map((dai, place) => ({
      role: 'liquidator' as const,
      name: `liquidator ${place + 1}`,
      capital: dai * MICRO,
    })),
    ...borrowers,
    ...traders,
  ];
}

/** The debt that `ether` backs at this ratio and price, 1e-6 DAI, rounded down. */
export function debtOf(ether: bigint, priceNano: bigint, collateralRatioPpm: number): bigint {
  return (ether * priceNano * MICRO) / (NANO * 1_000n * BigInt(collateralRatioPpm));
}

/** Lots that equity carries at this leverage and price, at least one. */
export function lotsFor(capital: bigint, leveragePpm: number, priceNano: bigint): number {
  const microPerLot = (priceNano * DEMO_LOT_NANO) / (NANO * 1_000n);
  return Math.max(1, Number((capital * BigInt(leveragePpm)) / MICRO / microPerLot));
}

/** Ticks per lot at a price. */
export function ticksPerLotAt(priceNano: bigint): number {
  return Number((priceNano * DEMO_LOT_NANO) / (NANO * 1_000n));
}
