/** Commands of the governor: bundles, sources, venues, listings, wind-downs. */

import type { GroupParameters, ParameterChange } from '@plimsoll/core/engine';
import { amount, assetId, durationMs, feedId, instrumentId, ownerId, ppm, ticks, underlyingId } from '@plimsoll/core/numeric';
import { GOVERNOR } from '../worlds/createWorld.ts';
import { defaultAssetRisk, defaultInstrumentRisk, defaultLending, HOUR_MS } from '../worlds/defaultParameters.ts';
import { oneIn, type Scene } from './scene.ts';
import {
  ALT_PERP,
  BASKET,
  BTC_PERP,
  COMPARTMENT,
  type Draft,
  ETH_CALL,
  ETH_FEED,
  ETH_FUTURE,
  ETH_PERP,
  ETH_PUT,
  ETH_SPOT,
  feedOf,
  SHARE,
  STRANGER,
  TRADERS,
} from './simulatedWorld.ts';

function governor(scene: Scene): typeof GOVERNOR {
  return oneIn(scene, 25) ? STRANGER : GOVERNOR;
}

/** Tightens or loosens something; sometimes what the lints refuse, or what would flip half the book. */
export function draftBundle(scene: Scene): Draft {
  const { random } = scene;
  const changes = Array.from({ length: oneIn(scene, 30) ? 0 : 1 + random.integerBelow(3) }, () => changeOf(scene));
  return { kind: 'proposeBundle', actor: governor(scene), changes };
}

function changeOf(scene: Scene): ParameterChange {
  const { random } = scene;
  const { parameters } = scene.engine.state;
  const percent = (low: number, high: number): number => low + random.integerBelow(high - low);
  switch (random.integerBelow(7)) {
    case 0: {
      const value = random.pick(parameters.underlyings);
      const scale = oneIn(scene, 6) ? percent(150, 300) : percent(90, 115);
      return {
        kind: 'underlying',
        value: { ...value, scanRangePpm: ppm(Math.min(900_000, Math.max(1, Math.floor((value.scanRangePpm * scale) / 100)))) },
      };
    }
    case 1: {
      const value = random.pick(parameters.assets);
      const threshold = Math.min(1_000_000, Math.floor((value.liquidationThresholdPpm * percent(95, 104)) / 100));
      return {
        kind: 'asset',
        value: {
          ...value,
          liquidationThresholdPpm: ppm(threshold),
          loanToValuePpm: ppm(oneIn(scene, 10) ? threshold + 1 : threshold - 40_000),
        },
      };
    }
    case 2: {
      const value = random.pick(parameters.instruments);
      return {
        kind: 'instrument',
        value: { ...value, maintenanceAddOnPpm: ppm(percent(8_000, 14_000)), fundingCapPpmPerHour: ppm(percent(0, 2_000)) },
      };
    }
    case 3:
      return { kind: 'group', value: groupChange(scene, random.pick(parameters.groups)) };
    case 4: {
      const asset = random.integerBelow(parameters.lending.length);
      return {
        kind: 'lending',
        asset: assetId(oneIn(scene, 15) ? 250 : asset),
        value: { ...(parameters.lending[asset] ?? defaultLending()), slope2PpmPerYear: ppm(percent(100_000, 3_000_000)) },
      };
    }
    case 5: {
      const value = random.pick(parameters.feeds);
      return {
        kind: 'feed',
        value: { ...value, maxConfidencePpm: ppm(percent(30_000, 60_000)), restartGateMs: durationMs(percent(0, 60_000)) },
      };
    }
    default:
      return {
        kind: 'global',
        value: {
          ...parameters.global,
          graceMs: durationMs(percent(0, 2 * HOUR_MS)),
          minOpenEquity: ticks(BigInt(percent(1, 3_000_000))),
        },
      };
  }
}

function groupChange(scene: Scene, value: GroupParameters): GroupParameters {
  const { random } = scene;
  const fee = 300_000 + random.integerBelow(400_000);
  return {
    ...value,
    feeToInsurancePpm: ppm(fee),
    feeToBackstopPpm: ppm(oneIn(scene, 10) ? 1_000_000 : 200_000),
    feeToProtocolPpm: ppm(800_000 - fee),
    auction: {
      ...value.auction,
      bufferPpm: ppm(50_000 + random.integerBelow(150_000)),
      minFractionPpm: ppm(10_000 + random.integerBelow(300_000)),
    },
  };
}

export function draftCancel(scene: Scene): Draft {
  const { state } = scene.engine;
  const pending = state.pendingBundles.at(-1);
  return {
    kind: 'cancelBundle',
    actor: governor(scene),
    bundle: oneIn(scene, 10) || pending === undefined ? state.nextBundle + 5 : pending.id,
  };
}

/** A new source for a feed that nobody listens to more than before: it never reports. */
export function draftSource(scene: Scene): Draft {
  return {
    kind: 'registerSource',
    actor: governor(scene),
    sourceActor: scene.random.pick(TRADERS),
    weight: oneIn(scene, 6) ? 0 : 1,
    feeds: [feedId(oneIn(scene, 8) ? 900 : scene.engine.state.feeds.length - 1)],
  };
}

export function draftVenue(scene: Scene): Draft {
  return { kind: 'registerVenue', actor: governor(scene), venueActor: ownerId(91) };
}

/** A plain asset on the ether feed, or terms with a fault. */
export function draftListAsset(scene: Scene): Draft {
  const { state } = scene.engine;
  const id = assetId(state.terms.assets.length);
  const isFaulty = oneIn(scene, 5);
  return {
    kind: 'listAsset',
    actor: governor(scene),
    underlying: null,
    feeds: [],
    terms: {
      id,
      symbol: `WETH${id}`,
      ledgerDecimals: isFaulty ? 10 : 9,
      supplyCap: amount(10n ** 16n),
      feed: ETH_FEED,
      feedUnit: amount(1_000_000_000n),
      riskUnit: amount(10_000_000n),
      underlying: null,
      form: { kind: 'volatile' },
    },
    risk: defaultAssetRisk(id),
    lending: defaultLending(),
    pool: null,
  };
}

/** Another ether perpetual in the cross group, or one in a new compartment, or terms with a fault. */
export function draftListInstrument(scene: Scene): Draft {
  const { state } = scene.engine;
  const id = instrumentId(state.terms.instruments.length);
  return {
    kind: 'listInstrument',
    actor: governor(scene),
    underlying: oneIn(scene, 6)
      ? {
          feed: feedOf(state.feeds.length, `NEW${id}/USD`),
          terms: { id: underlyingId(state.terms.underlyings.length), symbol: `NEW${id}`, feed: feedId(state.feeds.length) },
          risk: {
            underlying: underlyingId(state.terms.underlyings.length),
            scanRangePpm: ppm(200_000),
            annualVolatilityPpm: ppm(900_000),
            depthOnePercent: 10n ** 12n,
          },
        }
      : null,
    group: null,
    terms: {
      id: oneIn(scene, 6) ? instrumentId(id + 1) : id,
      symbol: `PERP${id}`,
      group: COMPARTMENT,
      underlying: underlyingId(0),
      lotUnits: 1_000_000n,
      form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) },
    },
    risk: defaultInstrumentRisk(id),
  };
}

export function draftWindDownInstrument(scene: Scene): Draft {
  const instrument = scene.random.pick([
    ETH_PERP,
    BTC_PERP,
    ETH_FUTURE,
    ETH_CALL,
    ETH_PUT,
    ETH_SPOT,
    ALT_PERP,
    instrumentId(500),
  ]);
  return { kind: 'windDownInstrument', actor: governor(scene), instrument };
}

export function draftWindDownAsset(scene: Scene): Draft {
  const { state } = scene.engine;
  const last = state.terms.assets.length - 1;
  const asset = scene.random.pick([
    assetId(0),
    assetId(last),
    assetId(last),
    BASKET,
    SHARE,
    assetId(2),
    assetId(3),
    assetId(200),
  ]);
  return { kind: 'windDownAsset', actor: governor(scene), asset };
}
