import { validateAsset, validateGroup, validateUnderlying } from '@plimsoll/core/assets';
import { createState, faultsOfParameters, type Genesis } from '@plimsoll/core/engine';
import { PPM_ONE } from '@plimsoll/core/numeric';

/** One thing that is wrong with what a deployment starts from. */
export interface DeploymentFault {
  /** JSON pointer (RFC 6901) from the deployment. */
  readonly path: string;
  /** `expected …, found …`. */
  readonly message: string;
}

/**
 * What makes a genesis unusable although each of its fields is well-formed; empty when an engine starts from it. The lists are looked at
 * first: while an id is not where it belongs, nothing else can be asked.
 */
export function genesisFaults(genesis: Genesis): readonly DeploymentFault[] {
  const misplaced = [...orderFaults(genesis), ...nameFaults(genesis)];
  if (misplaced.length > 0) return misplaced;
  const terms = [...termFaults(genesis), ...fundingFaults(genesis)];
  if (terms.length > 0) return terms;
  return faultsOfParameters(createState(genesis), genesis.parameters).map((message) => ({
    path: '/genesis/parameters',
    message: `expected parameters that fit together, found ${message}`,
  }));
}

/** Every list is indexed by id: the n-th entry has id n, and lists over the same thing are equally long. */
function orderFaults({ parameters, underlyings, assets, groups, tranches }: Genesis): readonly DeploymentFault[] {
  const ids: readonly (readonly [path: string, field: string, ids: readonly number[]])[] = [
    ['/assets', 'id', assets.map(({ id }) => id)],
    ['/underlyings', 'id', underlyings.map(({ id }) => id)],
    ['/groups', 'id', groups.map(({ id }) => id)],
    ['/tranches', 'id', tranches.map(({ id }) => id)],
    ['/parameters/assets', 'asset', parameters.assets.map(({ asset }) => asset)],
    ['/parameters/underlyings', 'underlying', parameters.underlyings.map(({ underlying }) => underlying)],
    ['/parameters/groups', 'group', parameters.groups.map(({ group }) => group)],
    ['/parameters/feeds', 'feed', parameters.feeds.map(({ feed }) => feed)],
  ];
  const faults = ids.flatMap(([path, field, list]) =>
    list.flatMap((id, place) =>
      id === place
        ? []
        : [{ path: `/genesis${path}/${place}/${field}`, message: `expected ${place}, its place in the list, found ${id}` }],
    ),
  );
  const lengths: readonly (readonly [path: string, found: number, wanted: number, of: string])[] = [
    ['/parameters/assets', parameters.assets.length, assets.length, 'asset'],
    ['/parameters/lending', parameters.lending.length, assets.length, 'asset'],
    ['/parameters/underlyings', parameters.underlyings.length, underlyings.length, 'underlying'],
    ['/parameters/groups', parameters.groups.length, groups.length, 'group'],
  ];
  for (const [path, found, wanted, of] of lengths) {
    if (found !== wanted)
      faults.push({ path: `/genesis${path}`, message: `expected one entry for each ${of}, ${wanted} in all, found ${found}` });
  }
  if (groups.length === 0) faults.push({ path: '/genesis/groups', message: 'expected at least one group, found none' });
  return faults;
}

/** What names something names something that is there. */
function nameFaults({
  parameters,
  underlyings,
  assets,
  groups,
  tranches,
  openingInsurance,
}: Genesis): readonly DeploymentFault[] {
  const faults: DeploymentFault[] = [];
  const name = (path: string, kind: string, id: number | null, count: number): void => {
    if (id !== null && id >= count)
      faults.push({ path: `/genesis${path}`, message: `expected ${kind} of this deployment, found ${id}` });
  };
  const feeds = parameters.feeds.length;
  for (const [place, { feed }] of underlyings.entries()) name(`/underlyings/${place}/feed`, 'a feed', feed, feeds);
  assets.forEach(({ feed, underlying, form }, place) => {
    const at = `/assets/${place}`;
    name(`${at}/feed`, 'a feed', feed, feeds);
    name(`${at}/underlying`, 'an underlying', underlying, underlyings.length);
    if (form.kind === 'staked') {
      name(`${at}/form/base`, 'an asset', form.base, assets.length);
      name(`${at}/form/ratioFeed`, 'a feed', form.ratioFeed, feeds);
    }
    if (form.kind === 'basket')
      for (const [part, { asset }] of form.parts.entries()) name(`${at}/form/parts/${part}/asset`, 'an asset', asset, place);
    if (form.kind === 'lpShare')
      faults.push({
        path: `/genesis${at}/form/kind`,
        message: 'expected a form that can be there from the start, found "lpShare", which is listed by command with its pool',
      });
  });
  for (const [place, { settlementAsset }] of groups.entries())
    name(`/groups/${place}/settlementAsset`, 'an asset', settlementAsset, assets.length);
  for (const [place, { group }] of tranches.entries()) name(`/tranches/${place}/group`, 'a group', group, groups.length);
  for (const [place, { group }] of (openingInsurance ?? []).entries())
    name(`/openingInsurance/${place}/group`, 'a group', group, groups.length);
  parameters.profiles.forEach(({ name: own }, place) => {
    if (parameters.profiles.findIndex((profile) => profile.name === own) !== place)
      faults.push({ path: `/genesis/parameters/profiles/${place}`, message: `expected each name once, found "${own}" again` });
  });
  return faults;
}

function termFaults({ underlyings, assets, groups }: Genesis): readonly DeploymentFault[] {
  return [
    ...assets.flatMap((terms, place) => inWords(`/genesis/assets/${place}`, validateAsset(terms))),
    ...underlyings.flatMap((terms, place) => inWords(`/genesis/underlyings/${place}`, validateUnderlying(terms))),
    ...groups.flatMap((terms, place) => {
      const settlement = assets[terms.settlementAsset];
      return settlement === undefined ? [] : inWords(`/genesis/groups/${place}`, validateGroup(terms, settlement));
    }),
  ];
}

/** What stands behind the groups: tranches within their ranges, insurance that is more than nothing. */
function fundingFaults({ tranches, openingInsurance }: Genesis): readonly DeploymentFault[] {
  const faults: DeploymentFault[] = [];
  tranches.forEach(({ lossCapPpm, hourlyLossCapPpm, slowMs }, place) => {
    for (const [field, value] of Object.entries({ lossCapPpm, hourlyLossCapPpm })) {
      if (value < 0 || value > PPM_ONE)
        faults.push({
          path: `/genesis/tranches/${place}/${field}`,
          message: `expected an integer from 0 to ${PPM_ONE}, found ${value}`,
        });
    }
    if (slowMs === 0) faults.push({ path: `/genesis/tranches/${place}/slowMs`, message: 'expected more than 0, found 0' });
  });
  (openingInsurance ?? []).forEach(({ amount }, place) => {
    if (amount <= 0n)
      faults.push({ path: `/genesis/openingInsurance/${place}/amount`, message: `expected more than 0, found ${amount}` });
  });
  return faults;
}

function inWords(
  path: string,
  faults: readonly { readonly field: string; readonly reason: string }[],
): readonly DeploymentFault[] {
  return faults.map(({ field, reason }) => ({
    path: `${path}/${field.replaceAll('[', '/').replaceAll(']', '').replaceAll('.', '/')}`,
    message: `expected that ${field} ${reason}, found otherwise`,
  }));
}
