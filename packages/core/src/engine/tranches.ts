import { computeMargin } from '../margin/computeMargin.ts';
import type { Ticks } from '../numeric/brand.ts';
import { loadPortfolio } from './loadPortfolio.ts';
import { groupIdOf } from './lookup.ts';
import type { TrancheState } from './state.ts';
import { type EngineView, modelOf } from './view.ts';

/** Net asset value of a tranche: the equity of its margin account at mark. */
export function trancheNav(view: EngineView, tranche: TrancheState): Ticks {
  loadPortfolio(view.state, tranche.account, view.before);
  return computeMargin(modelOf(view, groupIdOf(view.state, tranche.account)), view.before).equity;
}
