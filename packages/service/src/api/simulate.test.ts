/** The simulate endpoint against the core, asked directly, on ten thousand random portfolios: equal to the unit. */

import { type Command, instrumentStateOf, loadPortfolio, markTicksOf, modelOf } from '@plimsoll/core/engine';
import type { Leg } from '@plimsoll/core/ledger';
import { healthClass } from '@plimsoll/core/liquidation';
import {
  addBalance,
  BALANCE_COLLATERAL,
  clearPortfolio,
  compileRisk,
  computeMargin,
  createPortfolio,
  type MarginFigures,
  movedInput,
  type Portfolio,
} from '@plimsoll/core/margin';
import {
  amount,
  formatDecimal,
  groupId,
  instrumentId,
  lots,
  ownerId,
  ppm,
  price,
  shares,
  ticks,
  timeMs,
  venueId,
} from '@plimsoll/core/numeric';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signRequest } from '../identity/requestSignature.ts';
import { type ApiWorld, createApiWorld, type SignedIn } from '../testing/apiWorld.ts';
import {
  createNonces,
  DOLLAR,
  ETHER,
  GOVERNOR,
  reportPrices,
  TRADER_ACCOUNTS,
  TRADERS,
  VENUE_OPERATOR,
} from '../testing/smallDeployment.ts';

const PORTFOLIOS = 10_000;
const MOVED = 500;
const SEED = 41;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

let world: ApiWorld;
const readers: SignedIn[] = [];

/** A future, a call and a put beside the perpetual; a premium that has been paid as funding for six hours; a price that has moved. */
beforeAll(async () => {
  world = await createApiWorld({ isListening: false, limits: { simulationsPerSecond: 1_000_000 } });
  const { sequencer, clock } = world;
  const nonces = createNonces(500);
  const perpetual = sequencer.engine.state.terms.instruments[0];
  const risk = sequencer.engine.state.parameters.instruments[0];
  if (perpetual === undefined || risk === undefined) throw new Error('The small deployment lists a perpetual.');
  const expiryMs = timeMs(clock.now() + 30 * DAY_MS);
  const forms = [
    { symbol: 'ETH-FUTURE', form: { kind: 'future' as const, expiryMs } },
    { symbol: 'ETH-210-C', form: { kind: 'option' as const, expiryMs, strike: price(210_000_000_000n), right: 'call' as const } },
    { symbol: 'ETH-190-P', form: { kind: 'option' as const, expiryMs, strike: price(190_000_000_000n), right: 'put' as const } },
  ];
  const listings = forms.map(({ symbol, form }, index): Command => {
    const id = instrumentId(index + 1);
    const terms = { ...perpetual, id, symbol, form };
    return {
      kind: 'listInstrument',
      ...nonces.sign(GOVERNOR),
      underlying: null,
      group: null,
      terms,
      risk: { ...risk, instrument: id },
    };
  });
  const accepted = (block: ReturnType<typeof sequencer.applyNow>): void => {
    for (const { status } of block.outcomes) expect(status).toBe('accepted');
  };
  accepted(sequencer.applyNow(listings));
  for (let hour = 0; hour < 6; hour += 1) {
    clock.advance(HOUR_MS);
    const publishTimeMs = timeMs(clock.now());
    const ether = price(200_000_000_000n + BigInt(hour) * 1_234_567_891n);
    const premiums = [{ instrument: perpetual.id, premiumPpm: ppm(2_500), publishTimeMs }];
    accepted(
      sequencer.applyNow([
        ...[0, 1, 2].map((source) => reportPrices(nonces, source, publishTimeMs, { dollar: null, ether })),
        { kind: 'reportPremiums', ...nonces.sign(VENUE_OPERATOR), venue: venueId(0), premiums },
      ]),
    );
  }
  expect(instrumentStateOf(sequencer.engine.state, perpetual.id).funding.index).not.toBe(0);
  for (const trader of TRADERS) readers.push(await world.signIn(trader));
});
afterAll(() => world.close());

interface Question {
  readonly trader: number;
  readonly isEmpty: boolean;
  readonly cash: bigint;
  readonly fills: readonly { readonly instrument: number; readonly lots: number; readonly price: number | null }[];
  readonly collateral: bigint;
  readonly supply: bigint;
  readonly debt: bigint;
}

const question: fc.Arbitrary<Question> = fc.record({
  trader: fc.integer({ min: 0, max: 3 }),
  isEmpty: fc.boolean(),
  cash: fc.bigInt({ min: -50_000_000_000n, max: 500_000_000_000n }),
  fills: fc.uniqueArray(
    fc.record({
      instrument: fc.integer({ min: 0, max: 3 }),
      lots: fc.oneof(fc.integer({ min: -5_000, max: 5_000 }), fc.integer({ min: -2_000_000_000, max: 2_000_000_000 })),
      price: fc.option(fc.integer({ min: 0, max: 5_000_000 })),
    }),
    { maxLength: 4, selector: ({ instrument }) => instrument },
  ),
  collateral: fc.bigInt({ min: 0n, max: 900_000_000_000n }),
  supply: fc.bigInt({ min: 0n, max: 90_000_000_000n }),
  debt: fc.bigInt({ min: 0n, max: 90_000_000_000n }),
});

/** The core's own answer: the account with legs, or a portfolio made of nothing but them. */
function expected(asked: Question): MarginFigures {
  const portfolio = portfolioOf(asked);
  return computeMargin(modelOf(world.sequencer.engine.view, portfolio.group), portfolio);
}

function portfolioOf({ trader, isEmpty, cash, fills, collateral, supply, debt }: Question): Portfolio {
  const { engine } = world.sequencer;
  const { state, view } = engine;
  const account = TRADER_ACCOUNTS[trader] ?? TRADER_ACCOUNTS[0];
  const group = groupId(0);
  const legs: Leg[] = [
    { place: 'cash', account, amount: amount(cash) },
    { place: 'balance', account, asset: ETHER, amount: amount(collateral) },
    // No interest has been paid: shares stand at par.
    { place: 'supplyShares', account, asset: DOLLAR, shares: shares(supply) },
    { place: 'debtShares', account, asset: ETHER, shares: shares(debt) },
  ];
  for (const fill of fills) {
    const instrument = instrumentId(fill.instrument);
    const { funding } = instrumentStateOf(state, instrument);
    const paid = BigInt(fill.lots) * BigInt((fill.price ?? markTicksOf(view, instrument)) - funding.index);
    legs.push(
      { place: 'cash', account, amount: amount(-paid) },
      { place: 'position', account, instrument, lots: lots(fill.lots) },
    );
  }
  const portfolio = createPortfolio();
  if (!isEmpty)
    loadPortfolio(
      state,
      account,
      portfolio,
      legs.filter((leg) => !('amount' in leg) || leg.amount !== 0n),
    );
  else {
    clearPortfolio(portfolio, { mode: 'portfolio', group, owner: ownerId(0), cash: ticks(0n) });
    let held = 0n;
    for (const leg of legs) {
      if (leg.place === 'cash') held += leg.amount;
      if (leg.place === 'position' && leg.lots !== 0) {
        portfolio.instruments[portfolio.positionCount] = leg.instrument;
        portfolio.lots[portfolio.positionCount] = leg.lots;
        portfolio.ownerGross[portfolio.positionCount] = Math.abs(leg.lots);
        portfolio.positionCount += 1;
      }
      if (leg.place === 'balance') addBalance(portfolio, { asset: leg.asset, kind: BALANCE_COLLATERAL, amount: leg.amount });
      if (leg.place === 'supplyShares') addBalance(portfolio, { asset: leg.asset, kind: 1, amount: leg.shares });
      if (leg.place === 'debtShares') addBalance(portfolio, { asset: leg.asset, kind: 2, amount: leg.shares });
    }
    portfolio.cash = ticks(held);
  }
  return portfolio;
}

const SYMBOLS = ['ETH-PERPETUAL', 'ETH-FUTURE', 'ETH-210-C', 'ETH-190-P'];

function bodyOf({ trader, isEmpty, cash, fills, collateral, supply, debt }: Question): string {
  const changes = {
    cash: formatDecimal(cash, 6),
    positions: fills.map((fill) => ({
      symbol: SYMBOLS[fill.instrument],
      contracts: String(fill.lots),
      ...(fill.price === null ? {} : { price: formatDecimal(BigInt(fill.price), 6) }),
    })),
    balances: [
      { asset: 'ETH', kind: 'collateral', amount: formatDecimal(collateral, 9) },
      { asset: 'USDC', kind: 'supply', amount: formatDecimal(supply, 6) },
      { asset: 'ETH', kind: 'debt', amount: formatDecimal(debt, 9) },
    ],
  };
  const base = isEmpty ? { group: 0, mode: 'portfolio' } : { account: TRADER_ACCOUNTS[trader] };
  return JSON.stringify({ ...base, changes });
}

test('ten thousand random portfolios get the answer of the core, to the unit', async () => {
  const classes = new Map<string, number>();
  for (const one of fc.sample(question, { numRuns: PORTFOLIOS, seed: SEED })) {
    const body = bodyOf(one);
    const request = { method: 'POST', pathAndQuery: '/v1/margin/simulate', body: Buffer.from(body) };
    const session = readers[one.trader]?.session;
    const headers =
      one.isEmpty || session === undefined ? {} : signRequest(world.deployment, request, { ...session, atMs: Date.now() });
    const response = await world.api.app.inject({
      method: 'POST',
      url: '/v1/margin/simulate',
      headers: { 'content-type': 'application/json', ...headers },
      payload: body,
    });
    const figures = expected(one);
    expect({ body, answer: response.json().simulation?.figures }).toEqual({
      body,
      answer: {
        unit: 'USDC',
        equity: formatDecimal(figures.equity, 6),
        maintenanceMargin: formatDecimal(figures.maintenance, 6),
        initialMargin: formatDecimal(figures.initial, 6),
        maintenanceHealth: formatDecimal(figures.healthMaintenance, 6),
        initialHealth: formatDecimal(figures.healthInitial, 6),
        marginRatio: response.json().simulation?.figures.marginRatio,
        healthClass: healthClass(figures),
      },
    });
    classes.set(healthClass(figures), (classes.get(healthClass(figures)) ?? 0) + 1);
  }
  console.log(`classes ${JSON.stringify([...classes])}`);
  expect(classes.size).toBe(4);
}, 300_000);

test('at other prices only what is held is compiled, and the answer is that of the whole market moved', async () => {
  const { view } = world.sequencer.engine;
  const live = modelOf(view, groupId(0)).input;
  const ether = live.underlyings.find(({ terms }) => terms.symbol === 'ETH');
  if (ether === undefined) throw new Error('The small deployment lists ether.');
  const moves = fc.record({ asked: question, dollars: fc.integer({ min: 1, max: 2_000 }) });
  for (const { asked, dollars } of fc.sample(moves, { numRuns: MOVED, seed: SEED })) {
    const one = { ...asked, isEmpty: true };
    const body = JSON.parse(bodyOf(one));
    body.changes.prices = [{ underlying: 'ETH', price: String(dollars) }];
    const response = await world.api.app.inject({ method: 'POST', url: '/v1/margin/simulate', payload: body });
    const input = movedInput(live, ether.terms.id, BigInt(dollars) * 1_000_000_000n, ether.view.price);
    const figures = computeMargin(compileRisk(input), portfolioOf(one));
    expect({ body, ...response.json().simulation?.figures }).toMatchObject({
      body,
      equity: formatDecimal(figures.equity, 6),
      maintenanceMargin: formatDecimal(figures.maintenance, 6),
      initialMargin: formatDecimal(figures.initial, 6),
      maintenanceHealth: formatDecimal(figures.healthMaintenance, 6),
      initialHealth: formatDecimal(figures.healthInitial, 6),
    });
  }
}, 120_000);
