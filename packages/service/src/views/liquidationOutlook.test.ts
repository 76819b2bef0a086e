import { loadPortfolio, modelOf } from '@plimsoll/core/engine';
import { addBalance, BALANCE_COLLATERAL, createPortfolio, type Portfolio, type RiskInput } from '@plimsoll/core/margin';
import { poolId } from '@plimsoll/core/numeric';
import { expect, test } from 'vitest';
import { createDirectory } from '../identity/directory.ts';
import { createMemorySequencer } from '../testing/memorySequencer.ts';
import { createManualClock, ETHER, seedCommands, smallDeployment, TRADER_ACCOUNTS } from '../testing/smallDeployment.ts';
import { liquidationOutlook } from './liquidationOutlook.ts';

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

test('an account with shares of a pool gets the reason instead of prices that are not so', () => {
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
