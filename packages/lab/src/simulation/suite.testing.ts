/** One half of the suite of random simulations: vitest runs the two files beside each other, one on each core. */

import { type CommandKind, WATERFALL_LAYERS } from '@plimsoll/core/engine';
import { describe, expect, it } from 'vitest';
import { SUITE_TERMS, simulateMany } from './simulateMany.ts';
import { sum, type Tally, tallyLines } from './tally.ts';

/** All kinds; a kind missing here or unknown does not compile. */
const KINDS: Readonly<Record<CommandKind, true>> = {
  openAccount: true,
  closeAccount: true,
  deposit: true,
  withdraw: true,
  transfer: true,
  supply: true,
  unsupply: true,
  borrow: true,
  repay: true,
  trade: true,
  reportPrices: true,
  reportPremiums: true,
  reportVolatilities: true,
  bid: true,
  fundBackstop: true,
  redeemBackstop: true,
  setProtection: true,
  claimRecovery: true,
  addLiquidity: true,
  removeLiquidity: true,
  swap: true,
  authorizeDelegate: true,
  revokeDelegate: true,
  registerSource: true,
  registerVenue: true,
  listAsset: true,
  listInstrument: true,
  windDownAsset: true,
  windDownInstrument: true,
  proposeBundle: true,
  cancelBundle: true,
};

/** Of each half. Together: a million applied commands, and every layer in a hundred runs. */
const RUNS = 185;
const APPLIED_LEAST = 500_000;
const APPLIED_OF_A_KIND_LEAST = 200;
const RUNS_OF_A_LAYER_LEAST = 50;
const TIMEOUT_MS = 1_800_000;

/** Declares the tests of one half; its seeds are `<name>/1` and so on. */
export function describeHalf(name: string): void {
  describe(`random simulations, the ${name} half`, () => {
    let tally: Tally | null = null;

    it(
      `${RUNS} random runs keep every law after every block, replay to the same bytes and go on from snapshots alike`,
      () => {
        tally = simulateMany({ ...SUITE_TERMS, name, runs: RUNS });
        for (const line of tallyLines(tally)) console.log(line);
        expect(tally.runs).toBe(RUNS);
      },
      TIMEOUT_MS,
    );

    it(`at least ${APPLIED_LEAST} commands were applied, and at least ${APPLIED_OF_A_KIND_LEAST} of each kind`, () => {
      expect(sum(tally?.accepted ?? new Map())).toBeGreaterThanOrEqual(APPLIED_LEAST);
      const rare = Object.keys(KINDS).filter((kind) => (tally?.accepted.get(kind) ?? 0) < APPLIED_OF_A_KIND_LEAST);
      expect(rare.map((kind) => `${kind}: ${tally?.accepted.get(kind) ?? 0}`)).toEqual([]);
    });

    it(`each of the seven layers of the waterfall paid in at least ${RUNS_OF_A_LAYER_LEAST} runs`, () => {
      const rare = WATERFALL_LAYERS.filter((layer) => (tally?.runsByLayer.get(layer) ?? 0) < RUNS_OF_A_LAYER_LEAST);
      expect(rare.map((layer) => `${layer}: ${tally?.runsByLayer.get(layer) ?? 0} runs`)).toEqual([]);
    });
  });
}
