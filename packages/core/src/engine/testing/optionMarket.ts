import type { InstrumentTerms } from '../../assets/instrument.ts';
import type { InstrumentRiskParameters, VolatilityFeedParameters } from '../../assets/parameters.ts';
import {
  type InstrumentId,
  type OwnerId,
  ppm,
  price,
  type SourceId,
  sourceId,
  type TimeMs,
  timeMs,
  type UnderlyingId,
  underlyingId,
} from '../../numeric/brand.ts';
import type { ReportedSmile } from '../commands.ts';
import { type EngineWorld, GOVERNOR, MAIN, PUBLISHER, type Unsigned } from './engineWorld.ts';
import { perpetualRisk } from './market.ts';

/** Options and futures on engineWorld's ether, and reports of their volatilities. */
export const ETHER: UnderlyingId = underlyingId(0);
/** Prices are in billionths of a dollar. */
const NANO = 1_000_000_000n;

export function optionOn(right: 'call' | 'put', dollars: number, expiryMs: TimeMs): InstrumentTerms['form'] {
  return { kind: 'option', expiryMs, strike: price(BigInt(dollars) * NANO), right };
}

/** Lists an instrument on ether in lots of a thousandth. */
export function listOnEther(
  id: InstrumentId,
  form: InstrumentTerms['form'],
  risk: InstrumentRiskParameters = perpetualRisk(id),
): Unsigned {
  const terms = { id, symbol: `ETH-${id}`, group: MAIN, underlying: ETHER, lotUnits: 1_000_000n, form };
  return { kind: 'listInstrument', actor: GOVERNOR, underlying: null, group: null, terms, risk };
}

/** A bundle after which ether's options take the volatilities that are reported. */
export function takesVolatilities(world: EngineWorld, volatilityFeed: VolatilityFeedParameters): Unsigned {
  const risk = world.engine.state.parameters.underlyings[ETHER];
  if (risk === undefined) throw new Error('Ether is listed.');
  return { kind: 'proposeBundle', actor: GOVERNOR, changes: [{ kind: 'underlying', value: { ...risk, volatilityFeed } }] };
}

/** Marks in percent at strikes in dollars. */
export function smileOf(...marks: readonly (readonly [dollars: number, percent: number])[]): ReportedSmile {
  return {
    kind: 'marks',
    marks: marks.map(([dollars, percent]) => ({
      strike: price(BigInt(dollars) * NANO),
      volatilityPpm: ppm(percent * 10_000),
    })),
  };
}

/** One source's volatilities of one expiry. */
export function reportedSmile(terms: {
  readonly smile: ReportedSmile;
  readonly expiryMs: number;
  readonly publishedMs: number;
  readonly source?: SourceId;
  readonly actor?: OwnerId;
}): Extract<Unsigned, { readonly kind: 'reportVolatilities' }> {
  return {
    kind: 'reportVolatilities',
    actor: terms.actor ?? PUBLISHER,
    source: terms.source ?? sourceId(0),
    underlying: ETHER,
    publishTimeMs: timeMs(terms.publishedMs),
    smiles: [{ expiryMs: timeMs(terms.expiryMs), smile: terms.smile }],
  };
}
