/** Published margins of Derive's PMRM_2 (vectors V1 and V4), through our own functional with a profile that expresses that model. */

import { expect, test } from 'vitest';
import { durationMs, ppm, price, ticksPerLot, timeMs } from '../numeric/brand.ts';
import { compileRisk } from './compileRisk.ts';
import { computeMargin } from './computeMargin.ts';
import type { MarginProfile } from './profile.ts';
import type { RiskInput } from './riskModel.ts';
import { ETH_PERPETUAL, NANO, portfolioOf, trustedProfile, view, worldInput } from './testing/marginWorld.ts';

const identity = { kind: 'identity' };
const up = (spotPpm: number, dampeningPpm: number) => ({ spotPpm, spotScale: 'absolute', volatility: 'up', dampeningPpm });

/** Cookbook B2 with the fixture's shocks, tails and factors; its contingencies are our add-ons on the index. */
const PMRM: MarginProfile = trustedProfile({
  name: 'derive-pmrm-like',
  description: 'Published scenario model, for perpetuals and cash',
  source: 'Cookbook B2, parameters of the fixture',
  coherent: true,
  linearOnly: false,
  scenarioSets: [
    {
      kind: 'grid',
      name: 'regular',
      spotScale: 'absolute',
      spotPpm: [135_000, 90_000, 45_000, 0, -45_000, -90_000, -135_000],
      volatility: ['up', 'none', 'down'],
      dampeningPpm: 1_000_000,
      transform: identity,
    },
    { kind: 'list', name: 'edges', scenarios: [up(180_000, 1_000_000), up(-180_000, 1_000_000)], transform: identity },
    {
      kind: 'list',
      name: 'tails',
      scenarios: [
        up(-660_000, 54_546),
        up(-330_000, 109_091),
        up(500_000, 72_000),
        up(1_000_000, 36_000),
        up(2_000_000, 18_000),
        up(3_000_000, 12_000),
      ],
      transform: identity,
    },
  ],
  joint: { weightPpm: 0, worstCount: 1, scenarios: [] },
  lossFactor: { maintenancePpm: 800_000, initialPpm: 1_000_000 },
  volatility: {
    upRangePpm: 500_000,
    downRangePpm: 275_000,
    shortTermPowerPpm: 300_000,
    longTermPowerPpm: 130_000,
    daysFloor: 1,
    upMinimumPpm: 450_000,
  },
  addOns: {
    notionalPrice: 'index',
    instrumentPpm: 1_000_000,
    latencyPpm: 0,
    sizePpm: 0,
    shortMinimumPpm: 1_000_000,
    confidencePpm: 0,
    slowPricePpm: 0,
    pegThresholdPpm: 980_000,
    pegFactorPpm: 2_000_000,
  },
});

/** Spot 3000, perpetual 3100, one lot is one ether, 10 USD of funding owed to a long; perpetual contingencies 1.5 % and 0.5 %. */
function derivePerpetual(): RiskInput {
  const input = worldInput({ profile: PMRM });
  return {
    ...input,
    timeMs: timeMs(0),
    instruments: input.instruments
      .filter((instrument) => instrument.terms.id === ETH_PERPETUAL)
      .map((instrument) => ({
        ...instrument,
        terms: { ...instrument.terms, lotUnits: 1_000_000_000n, form: { kind: 'perpetual', fundingWindowMs: durationMs(1) } },
        parameters: { ...instrument.parameters, maintenanceAddOnPpm: ppm(15_000), initialAddOnPpm: ppm(5_000) },
        view: { ...view(3100n * NANO), price: price(3100n * NANO) },
        fundingIndex: ticksPerLot(-10_000_000),
      })),
  };
}

test('cash alone is its own margin (V1)', () => {
  const figures = computeMargin(compileRisk(derivePerpetual()), portfolioOf({ cash: 1_000_000_000n }));
  expect([figures.healthInitial, figures.healthMaintenance]).toEqual([1_000_000_000n, 1_000_000_000n]);
});

test('one perpetual with funding owed to it has the published margins (V4)', () => {
  // Bought at mark: cash −3100, value 3100 + 10.
  const figures = computeMargin(
    compileRisk(derivePerpetual()),
    portfolioOf({ cash: -3_100_000_000n, positions: [[ETH_PERPETUAL, 1]] }),
  );
  expect(figures.equity).toBe(10_000_000n);
  expect(figures.healthInitial).toBe(-608_000_000n);
  expect(figures.healthMaintenance).toBe(-481_400_000n);
});
