import { loadPortfolio, modelOf } from '@plimsoll/core/engine';
import {
  addBalance,
  BALANCE_COLLATERAL,
  clearPortfolio,
  createPortfolio,
  movedMarket,
  type Portfolio,
  type RiskInput,
} from '@plimsoll/core/margin';
import { amount, assetId, poolId, ticks } from '@plimsoll/core/numeric';
import { expect, test } from 'vitest';
import { createDirectory } from '../identity/directory.ts';
import { createMemorySequencer } from '../testing/memorySequencer.ts';
import { createManualClock, ETHER, seedCommands, smallDeployment, TRADER_ACCOUNTS, TRADERS } from '../testing/smallDeployment.ts';
import { liquidationOutlook } from './liquidationOutlook.ts';

/** One more asset than the small world has. */
const SHARE = 2;

/** The first trader, long ether, with some ether as collateral. */
function trader(): { readonly input: RiskInput; readonly portfolio: Portfolio } {
  const deployment = smallDeployment();
  const sequencer = createMemorySequencer({ deployment, directory: createDirectory(deployment), clock: createManualClock() });
  for (const { timeMs, commands } of seedCommands()) sequencer.applyNow(commands, timeMs);
  const { state, view } = sequencer.engine;
  const portfolio = createPortfolio();
  loadPortfolio(state, TRADER_ACCOUNTS[0], portfolio);
  addBalance(portfolio, { asset: ETHER, kind: BALANCE_COLLATERAL, amount: 1_000_000_000n });
  return { input: modelOf(view, portfolio.group).input, portfolio };
}

test('all prices together are searched where every price follows', () => {
  const { input, portfolio } = trader();
  const { together, single } = liquidationOutlook(input, portfolio);
  expect(together.obstacle).toBeNull();
  expect(single[0]?.obstacle).toBeNull();
});

test('an account with shares of a pool that is not known gets the reason instead of prices that are not so', () => {
  const { input, portfolio } = trader();
  const pooled: RiskInput = {
    ...input,
    assets: input.assets.map((asset) =>
      asset.terms.id === ETHER
        ? { ...asset, terms: { ...asset.terms, underlying: null, form: { kind: 'lpShare', pool: poolId(0) } } }
        : asset,
    ),
  };
  const { together, single } = liquidationOutlook(pooled, portfolio);
  expect(together).toEqual({
    below: null,
    above: null,
    obstacle: 'ETH is a share of a pool, whose price follows what the pool holds',
  });
  expect(single[0]).toMatchObject({ below: null, above: null, obstacle: together.obstacle });
});

test('an account with shares of a pool alone is searched along what the pool holds', () => {
  const { input } = trader();
  const shares = createPortfolio();
  clearPortfolio(shares, { mode: 'portfolio', group: input.group.id, owner: TRADERS[0], cash: ticks(-100_000_000n) });
  addBalance(shares, { asset: assetId(SHARE), kind: BALANCE_COLLATERAL, amount: 1_000_000n });
  const [dollar] = input.assets;
  if (dollar === undefined) throw new Error('the world has a settlement asset');
  const pool = {
    base: ETHER,
    quote: dollar.terms.id,
    baseReserve: amount(1_000_000_000n),
    quoteReserve: amount(200_000_000n),
    issued: amount(1_000_000n),
  };
  const terms = { ...dollar.terms, id: assetId(SHARE), symbol: 'POOL', form: { kind: 'lpShare' as const, pool: poolId(0) } };
  const pooled = movedMarket({ ...input, assets: [...input.assets, { ...dollar, terms, pool }] }, []);
  const { together, single } = liquidationOutlook(pooled, shares);
  expect(single.map(({ underlying, obstacle }) => ({ underlying, obstacle }))).toEqual([{ underlying: 0, obstacle: null }]);
  expect(single[0]?.below).toBeGreaterThan(0n);
  expect(together.obstacle).toBeNull();
});
