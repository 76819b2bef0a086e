/** Views against the engine they read: figures that must agree, on a market that falls until somebody is sold out. */

import type { Command, PendingBundle } from '@plimsoll/core/engine';
import { figuresOf, modelOf } from '@plimsoll/core/engine';
import { createPortfolio } from '@plimsoll/core/margin';
import { accountId, amount, lots, ownerId, parseDecimal, ppm, price, ticksPerLot } from '@plimsoll/core/numeric';
import { beforeAll, expect, test } from 'vitest';
import type { PendingBundleJson } from '../api/schemas/markets.ts';
import { createDirectory } from '../identity/directory.ts';
import { createMemorySequencer, type MemorySequencer } from '../testing/memorySequencer.ts';
import {
  CUSTODIAN,
  createManualClock,
  createNonces,
  DOLLAR,
  ETHER,
  ETHER_PERPETUAL,
  GOVERNOR,
  MAIN_GROUP,
  reportPrices,
  seedCommands,
  smallDeployment,
  TRADER_ACCOUNTS,
  VENUE_OPERATOR,
} from '../testing/smallDeployment.ts';
import { accountJson, accountMarginJson, accountSummaries } from './accounts.ts';
import { auctionJson } from './auctions.ts';
import { assetJson, groupJson } from './markets.ts';
import { feedJson } from './oracle.ts';
import { lendingPoolJson } from './pools.ts';
import type { Reading } from './reading.ts';
import { riskMatrixView } from './riskMatrix.ts';
import { beginShadow, isShadowKnown, pendingBundleJson, takeShadowFurther } from './shadow.ts';
import { perUnit, ratioUpText, ticksText } from './texts.ts';
import { waterfallJson } from './waterfall.ts';

let sequencer: MemorySequencer;
let clock: ReturnType<typeof createManualClock>;
const nonces = createNonces(100);
const borrower = ownerId(200);
/** The next row after the four of the seed. */
const borrowerAccount = accountId(5);

function reading(): Reading {
  const directory = createDirectory(smallDeployment());
  return { engine: sequencer.engine, directory, head: sequencer.head(), scratch: createPortfolio() };
}

function apply(commands: readonly Command[], seconds = 1): void {
  clock.advance(seconds * 1_000);
  for (const { status } of sequencer.applyNow(commands).outcomes) expect(status).toBe('accepted');
}

function quote(dollars: number): void {
  clock.advance(1_000);
  const ether = price(BigInt(dollars) * 1_000_000_000n);
  const at = clock.now();
  for (const { status } of sequencer.applyNow(
    [0, 1, 2].map((source) => reportPrices(nonces, source, at, { dollar: null, ether })),
  ).outcomes)
    expect(status).toBe('accepted');
}

/** The shadow of a bundle, found out without a block between. */
function shadowOf(bundle: PendingBundle): PendingBundleJson['shadow'] {
  const shadow = takeShadowFurther(reading(), beginShadow(reading(), bundle), Number.POSITIVE_INFINITY);
  expect(isShadowKnown(shadow)).toBe(true);
  return pendingBundleJson(shadow).shadow;
}

beforeAll(() => {
  clock = createManualClock();
  const deployment = smallDeployment();
  sequencer = createMemorySequencer({ deployment, directory: createDirectory(deployment), clock });
  for (const block of seedCommands()) {
    clock.set(block.timeMs);
    sequencer.applyNow(block.commands);
  }
  quote(200);
  apply([{ kind: 'openAccount', ...nonces.sign(borrower), group: MAIN_GROUP, mode: 'portfolio' }]);
  apply([
    { kind: 'deposit', ...nonces.sign(CUSTODIAN), account: borrowerAccount, asset: DOLLAR, amount: amount(1_000_000_000n) },
  ]);
  quote(200);
  apply([
    {
      kind: 'trade',
      ...nonces.sign(VENUE_OPERATOR),
      instrument: ETHER_PERPETUAL,
      buyer: borrowerAccount,
      seller: TRADER_ACCOUNTS[0],
      lots: lots(2_000),
      price: ticksPerLot(2_000_000),
      cosigner: null,
    },
  ]);
});

function micro(text: string): bigint {
  const parsed = parseDecimal(text, 6);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

test('the terms of a margin add up to its figures, at both levels', () => {
  const now = reading();
  const margin = accountMarginJson(now, borrowerAccount);
  const figures = figuresOf(now.engine.view, borrowerAccount, createPortfolio());
  expect(margin?.figures.maintenanceMargin).toBe(ticksText(figures.maintenance));
  for (const [level, requirement, health] of [
    [margin?.maintenance, figures.maintenance, figures.healthMaintenance],
    [margin?.initial, figures.initial, figures.healthInitial],
  ] as const) {
    const charges = level?.requirementTerms.reduce((sum, { charge }) => sum + micro(charge), 0n);
    const credits = level?.equityTerms.reduce((sum, { credit }) => sum + micro(credit), 0n);
    expect(charges).toBe(requirement);
    expect((credits ?? 0n) - (charges ?? 0n)).toBe(health);
  }
});

test('a position is worth what it adds to equity, and the margin ratio is rounded toward danger', () => {
  const account = accountJson(reading(), borrowerAccount);
  const worth = account?.positions.reduce((sum, { value }) => sum + micro(value), micro(account.cash));
  expect(ticksText(worth ?? 0n)).toBe(account?.margin.equity);
  expect(account?.positions).toMatchObject([{ side: 'long', contracts: '2000', notional: '4000' }]);
  const { maintenanceMargin, marginRatio, equity } = account?.margin ?? { maintenanceMargin: '0', marginRatio: '0', equity: '1' };
  expect(micro(marginRatio ?? '0') * micro(equity)).toBeGreaterThanOrEqual(micro(maintenanceMargin) * 1_000_000n);
  expect(ratioUpText(1n, 3n)).toBe('0.333334');
  expect(ratioUpText(1n, 0n)).toBeNull();
});

test('the risk matrix shows the numbers that margin adds, row by row', () => {
  const now = reading();
  const model = modelOf(now.engine.view, MAIN_GROUP);
  const view = riskMatrixView(now, MAIN_GROUP, { from: 0, count: 100 });
  expect(view?.rowCount).toBe(model.rows.count);
  const row = model.rowOfInstrument[ETHER_PERPETUAL] ?? -1;
  const shown = view?.rows.find(({ kind }) => kind === 'instrument');
  expect(shown?.profits).toEqual(
    Array.from({ length: model.stressCount }, (_, at) => ticksText(model.matrix[row * model.stride + at] ?? 0)),
  );
  expect(view?.scenarios).toHaveLength(model.stressCount);
  expect(riskMatrixView(now, 9, { from: 0, count: 1 })).toBeNull();
});

test('assets are priced by the whole unit and feeds say who spoke', () => {
  expect(assetJson(reading(), ETHER)).toMatchObject({ symbol: 'ETH', price: '200', collateral: '400', quality: 'valid' });
  expect(feedJson(reading(), 1)).toMatchObject({
    price: '200',
    quality: 'valid',
    freshSources: 3,
    ageMs: 1_000,
    singleSource: false,
  });
  expect(feedJson(reading(), 9)).toBeNull();
  expect(lendingPoolJson(reading(), DOLLAR)).toMatchObject({ supplied: '0', utilisation: '0', supplyIndex: '1' });
  expect(perUnit(2_000_000, 10_000_000n)).toBe(200_000_000_000n);
});

test('delegates see the account among theirs', () => {
  apply([{ kind: 'authorizeDelegate', ...nonces.sign(borrower), account: borrowerAccount, delegate: ownerId(201) }]);
  expect(accountSummaries(reading(), ownerId(201))).toMatchObject([{ id: 5, isOwner: false, owner: 200 }]);
  expect(accountSummaries(reading(), borrower)).toMatchObject([{ id: 5, isOwner: true, isOpen: true }]);
});

test('a pending bundle says whom it would put below maintenance, and that it would be refused for it', () => {
  const asset = sequencer.engine.state.parameters.instruments[ETHER_PERPETUAL];
  if (asset === undefined) throw new Error('The perpetual has parameters.');
  // Harmless when it is proposed; the market then falls to where it would hurt.
  const value = { ...asset, maintenanceAddOnPpm: ppm(asset.maintenanceAddOnPpm + 20_000) };
  apply([{ kind: 'proposeBundle', ...nonces.sign(GOVERNOR), changes: [{ kind: 'instrument', value }] }]);
  const [bundle] = sequencer.engine.state.pendingBundles;
  if (bundle === undefined) throw new Error('The bundle is pending.');
  expect(shadowOf(bundle)).toMatchObject({ flippedShare: '0', wouldBeRefused: false, faults: [] });
  const shadows: string[] = [];
  for (let dollars = 199; dollars > 150; dollars -= 1) {
    quote(dollars);
    const shadow = shadowOf(bundle);
    if (shadow.wouldBeRefused) shadows.push(shadow.flippedShare ?? '');
    if (sequencer.engine.state.below.has(borrowerAccount)) break;
  }
  expect(shadows.length).toBeGreaterThan(0);
  expect(Number(shadows[0])).toBeGreaterThan(0.02);
  const doubled = { ...bundle, changes: [{ kind: 'instrument' as const, value: { ...value, liquidationFeePpm: ppm(-1) } }] };
  const shadow = shadowOf(doubled);
  expect(shadow).toMatchObject({ flippedShare: null, wouldBeRefused: true });
  expect(shadow.faults.length).toBeGreaterThan(0);
});

test('an account that fell is on sale for what its parts are worth, and the waterfall counts it', () => {
  const { state } = sequencer.engine;
  for (let tries = 0; tries < 400 && state.auctions.size === 0; tries += 1) quote(150);
  const [auction] = state.auctions.values();
  if (auction === undefined) throw new Error('An auction is open.');
  const shown = auctionJson(reading(), auction);
  expect(shown).toMatchObject({ account: 5, positions: [{ side: 'long' }] });
  expect(micro(shown.health)).toBeLessThan(0n);
  expect(accountJson(reading(), borrowerAccount)).toMatchObject({ auction: shown.stage });
  expect(groupJson(reading(), 0)).toMatchObject({ accountsBelow: 1, symbol: 'main' });
  const waterfall = waterfallJson(reading(), 0);
  expect(waterfall?.auctions).toBe(1);
  expect(micro(waterfall?.capacity ?? '0')).toBe(micro(waterfall?.insurance ?? '0') + micro(waterfall?.backstop ?? '0'));
  expect(waterfallJson(reading(), 7)).toBeNull();
});
