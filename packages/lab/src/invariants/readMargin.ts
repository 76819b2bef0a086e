import type { Engine } from '@plimsoll/core/engine';
import { figuresOf, isOpenAccount, modelOf } from '@plimsoll/core/engine';
import { accountId, instrumentId } from '@plimsoll/core/numeric';
import type { ReadMargin, ReadOption } from '../audit/auditor.ts';

/** The margin that the engine decides with, from its own model of the account's group; zeros for a closed account. */
export const readMargin: ReadMargin = (engine: Engine, account: number) => {
  const id = accountId(account);
  if (!isOpenAccount(engine.state, id))
    return { equity: 0n, haircutEquityMaintenance: 0n, haircutEquityInitial: 0n, maintenance: 0n, initial: 0n };
  return figuresOf(engine.view, id, engine.view.scanned);
};

/** The row of an option in the model that the engine decides with, its marks without indexes. */
export const readOption: ReadOption = (engine: Engine, instrument: number) => {
  const terms = engine.state.terms.instruments[instrument];
  const state = engine.state.instruments[instrument];
  if (terms === undefined || state === undefined) return null;
  const { matrix, rows, rowOfInstrument, stressCount, stride } = modelOf(engine.view, terms.group);
  const row = rowOfInstrument[instrumentId(instrument)] ?? -1;
  if (row < 0) return null;
  const at = (column: Float64Array): bigint => BigInt(column[row] ?? 0);
  const entries = [...matrix.subarray(row * stride, (row + 1) * stride)].map(BigInt);
  return {
    larger: at(rows.longValue) + BigInt(state.funding.index + state.socialIndex),
    smaller: at(rows.shortValue) + BigInt(state.funding.index - state.socialIndex),
    mark: at(rows.baseValue),
    slowGap: at(rows.slowGap),
    roundingBound: at(rows.roundingBound),
    stress: entries.slice(0, stressCount),
    joint: entries.slice(stressCount),
  };
};
