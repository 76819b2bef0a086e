import { describe, expect, it } from 'vitest';
import { amount, assetId, feedId, type Ppm, ppm, underlyingId } from '../numeric/brand.ts';
import type { ListAsset, ListInstrument } from './commands.ts';
import { faultsOfListedAsset, faultsOfListedInstrument } from './listingFaults.ts';
import { createEngineWorld, listings } from './testing/engineWorld.ts';
import { createMarketWorld, marketListings } from './testing/market.ts';

type Of<K extends string> = Extract<ReturnType<typeof marketListings>[number], { readonly kind: K }>;

/** The compartment of the market world, as it is listed: an instrument with a group of its own. */
function compartment(): ListInstrument {
  const found = marketListings().find((one): one is Of<'listInstrument'> => one.kind === 'listInstrument' && one.group !== null);
  if (found === undefined) throw new Error('a listing with a group');
  return { ...found, nonce: 1 };
}

/** Ether, as it is listed. */
function ether(): ListAsset {
  const found = listings().find((one): one is Of<'listAsset'> => one.kind === 'listAsset');
  if (found === undefined) throw new Error('a listing of an asset');
  return { ...found, nonce: 1 };
}

describe('what is listed comes with parameters that a bundle could bring', () => {
  it('a group: its auction, its fee split, its shares and its amounts', () => {
    const { state } = createMarketWorld().engine;
    const { group, ...listing } = compartment();
    if (group === null) throw new Error('a group');
    const { parameters } = group;
    const faultsWith = (changed: Partial<typeof parameters>): readonly string[] =>
      faultsOfListedInstrument(state, { ...listing, group: { ...group, parameters: { ...parameters, ...changed } } });
    const plain = faultsWith({});
    const added = (changed: Partial<typeof parameters>): readonly string[] =>
      faultsWith(changed).filter((fault) => !plain.includes(fault));
    const { group: id } = parameters;
    expect(plain.join()).not.toMatch(/auction|fee split|between/);
    expect(added({ auction: { ...parameters.auction, minFractionPpm: ppm(0) } })).toEqual([
      `group ${id}: auction parameters are outside their ranges`,
    ]);
    expect(added({ collateralFeePpm: ppm(1_000_001) })).toEqual([`group ${id}: collateralFeePpm is between 0 and 1000000`]);
    expect(added({ feeToInsurancePpm: ppm(parameters.feeToInsurancePpm - 1) })).toEqual([
      `group ${id}: the fee split does not sum to one`,
    ]);
  });

  it('an asset: its rates, so that no debt index can fall', () => {
    const { state } = createEngineWorld().engine;
    const listing = ether();
    const at = { ...listing, terms: { ...listing.terms, id: assetId(state.terms.assets.length), supplyCap: amount(1n) } };
    const { lending } = listing;
    const faultsWith = (changed: Partial<typeof lending>): readonly string[] =>
      faultsOfListedAsset(state, { ...at, lending: { ...lending, ...changed } }).filter((fault) => fault.startsWith('lending'));
    expect(faultsWith({})).toEqual([]);
    const below: Ppm = ppm(-1);
    expect(faultsWith({ basePpmPerYear: below, lossBoundPpm: below, kinkPpm: ppm(0) })).toEqual([
      'lending: the kink lies strictly between no and full utilisation',
      'lending: lossBoundPpm is between 0 and 1000000',
      'lending: basePpmPerYear is not negative',
    ]);
  });

  it('an asset inside the scenarios: a haircut with which more of it would not lower health', () => {
    const { state } = createEngineWorld().engine;
    const listing = ether();
    const inside = {
      ...listing,
      underlying: null,
      feeds: [],
      terms: { ...listing.terms, id: assetId(state.terms.assets.length), feed: feedId(1), underlying: underlyingId(0) },
    };
    const faultsWith = (haircutPpm: Ppm): readonly string[] =>
      faultsOfListedAsset(state, {
        ...inside,
        risk: { ...listing.risk, asset: inside.terms.id, haircuts: [{ upTo: null, haircutPpm }] },
      });
    expect(faultsWith(ppm(200_000))).toEqual([]);
    expect(faultsWith(ppm(940_000)).join()).toMatch(/plimsoll-grid: More collateral would lower maintenance health/);
  });
});
