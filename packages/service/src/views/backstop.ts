import { loadPortfolio, modelOf, trancheNav } from '@plimsoll/core/engine';
import { lossRoom, mintPrice, redeemPrice, shareValue, trancheCondition } from '@plimsoll/core/liquidity';
import { computeMargin } from '@plimsoll/core/margin';
import type { TrancheJson } from '../api/schemas/markets.ts';
import type { Reading } from './reading.ts';
import { ratioText, rayText, ticksText } from './texts.ts';

/** One tranche of the backstop; null when it does not exist. */
export function trancheJson({ engine, scratch }: Reading, id: number): TrancheJson | null {
  const { state, view } = engine;
  const terms = state.terms.tranches[id];
  const tranche = state.tranches[id];
  if (terms === undefined || tranche === undefined) return null;
  const { accounting } = tranche;
  const nav = trancheNav(view, tranche);
  loadPortfolio(state, tranche.account, scratch);
  const { healthInitial } = computeMargin(modelOf(view, terms.group), scratch);
  return {
    id,
    group: terms.group,
    account: tranche.account,
    netAssetValue: ticksText(nav),
    shareValue: rayText(shareValue(accounting, nav)),
    mintPrice: rayText(mintPrice(accounting, nav)),
    redeemPrice: rayText(redeemPrice(accounting, nav)),
    totalShares: accounting.totalShares.toString(),
    funded: ticksText(accounting.funded),
    condition: trancheCondition(accounting, nav),
    lossRoom: ticksText(lossRoom(accounting, { nav, nowMs: state.timeMs, limits: terms })),
    freeInitialMargin: ticksText(healthInitial),
    lossCap: ratioText(terms.lossCapPpm),
    hourlyLossCap: ratioText(terms.hourlyLossCapPpm),
    cooldownMs: terms.cooldownMs,
    holders: tranche.holders.length,
    redeeming: tranche.redemptions.reduce((sum, { request }) => sum + request.shares, 0n).toString(),
  };
}
