import { insuranceTargetOf, openTranches, outstandingClaims, recoveredOf } from '@plimsoll/core/engine';
import { fundOf } from '@plimsoll/core/ledger';
import type { WaterfallJson } from '../api/schemas/markets.ts';
import type { Reading } from './reading.ts';
import { ratioText, ticksText } from './texts.ts';

/** What stands between the losses of a group and its members, and what has been written off; null when the group does not exist. */
export function waterfallJson({ engine }: Reading, id: number): WaterfallJson | null {
  const { state, view } = engine;
  const terms = state.terms.groups[id];
  const parameters = state.parameters.groups[id];
  if (terms === undefined || parameters === undefined) return null;
  const group = terms.id;
  const insurance = fundOf(state.ledger, group, 'insurance');
  const backstop = openTranches(view, group).reduce<bigint>((sum, tranche) => sum + tranche.lossRoom, 0n);
  let auctions = 0;
  for (const auction of state.auctions.values()) if (auction.group === group) auctions += 1;
  return {
    group: id,
    symbol: terms.symbol,
    insurance: ticksText(insurance),
    insuranceFloor: ticksText(parameters.insuranceFloor),
    insuranceTarget: ticksText(insuranceTargetOf(view, group)),
    backstop: ticksText(backstop),
    capacity: ticksText(insurance + backstop),
    unbacked: ticksText(state.groups[id]?.unbacked ?? 0n),
    protocol: ticksText(fundOf(state.ledger, group, 'protocol')),
    recovery: ticksText(fundOf(state.ledger, group, 'recovery')),
    recovered: ticksText(recoveredOf(state, group)),
    claims: ticksText(outstandingClaims(state, group)),
    deficit: ticksText(fundOf(state.ledger, group, 'deficit')),
    dust: ticksText(fundOf(state.ledger, group, 'dust')),
    socialised: ticksText(fundOf(state.ledger, group, 'socialised')),
    socialBound: ratioText(parameters.socialBoundPpm),
    feeSplit: {
      insurance: ratioText(parameters.feeToInsurancePpm),
      backstop: ratioText(parameters.feeToBackstopPpm),
      protocol: ratioText(parameters.feeToProtocolPpm),
    },
    auctions,
  };
}
