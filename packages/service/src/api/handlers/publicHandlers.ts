/** Reads that anybody may ask for. */

import { auctionJson } from '../../views/auctions.ts';
import { trancheJson } from '../../views/backstop.ts';
import { assetJson, groupJson, marketView } from '../../views/markets.ts';
import { feedJson } from '../../views/oracle.ts';
import { parametersJson } from '../../views/parameters.ts';
import { plainJson } from '../../views/plainJson.ts';
import { ammPoolJson, lendingPoolJson } from '../../views/pools.ts';
import type { Reading } from '../../views/reading.ts';
import { riskMatrixView } from '../../views/riskMatrix.ts';
import { sourceJson } from '../../views/sources.ts';
import { waterfallJson } from '../../views/waterfall.ts';
import type { Handlers } from '../handlerTypes.ts';
import { cursorText, denseKeys, type PageRequest, pageOf, readCursor } from '../paging.ts';
import { notFound } from '../problems.ts';

/** A page of a list with dense ids. */
function listOf<T>(list: string, request: PageRequest, count: number, item: (id: number) => T | null) {
  return pageOf(list, request, { keys: denseKeys(count), item });
}

function found<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw notFound(what);
  return value;
}

type PublicHandlers = Omit<
  Handlers,
  | 'simulateMargin'
  | 'pushPrices'
  | 'listAccounts'
  | 'getAccount'
  | 'getAccountMargin'
  | 'getLiquidationPrices'
  | 'getGreeks'
  | 'submitCommands'
  | 'getCommand'
  | 'listSessions'
  | 'registerOwner'
  | 'openSession'
  | 'revokeSession'
>;

export const publicHandlers: PublicHandlers = {
  getStatus: (context) =>
    context.read(({ engine }) => ({
      deployment: { name: context.deployment.name, chainId: context.deployment.chainId },
      serverTime: context.now(),
      accounts: engine.state.ledger.accounts.openCount,
      isStopping: context.sequencer.load().isStopping,
    })),

  listMarkets: (context, { query }) =>
    context.read((reading) => {
      const { instruments } = reading.engine.state.terms;
      const matches = instruments.filter(
        ({ group, symbol }) => (query.group ?? group) === group && (query.symbol ?? symbol) === symbol,
      );
      return pageOf('markets', query, {
        keys: matches.map(({ id }) => id),
        item: (id) => {
          const market = marketOf(reading, id);
          return market === null || (query.type ?? market.type) !== market.type ? null : market;
        },
      });
    }),
  getMarket: (context, { params }) =>
    context.read((reading) => ({ market: found(marketOf(reading, params.id), `market ${params.id}`) })),

  listAssets: (context, { query }) =>
    context.read((reading) => listOf('assets', query, reading.engine.state.terms.assets.length, (id) => assetJson(reading, id))),
  listGroups: (context, { query }) =>
    context.read((reading) => listOf('groups', query, reading.engine.state.terms.groups.length, (id) => groupJson(reading, id))),
  listFeeds: (context, { query }) =>
    context.read((reading) =>
      listOf('oracle', query, reading.engine.state.parameters.feeds.length, (id) => feedJson(reading, id)),
    ),
  getFeed: (context, { params }) =>
    context.read((reading) => ({ feed: found(feedJson(reading, params.id), `feed ${params.id}`) })),
  listSources: (context) => context.read(() => ({ sources: context.sourceHealth().map(sourceJson) })),

  listAuctions: (context, { query }) =>
    context.read((reading) => {
      const { auctions } = reading.engine.state;
      const keys = [...auctions.values()]
        .filter(({ group }) => (query.group ?? group) === group)
        .map(({ account }): number => account)
        .sort((a, b) => a - b);
      return pageOf('auctions', query, { keys, item: (account) => auctionOf(reading, account) });
    }),
  getAuction: (context, { params }) =>
    context.read((reading) => ({ auction: found(auctionOf(reading, params.id), `auction of account ${params.id}`) })),

  listTranches: (context, { query }) =>
    context.read((reading) => listOf('backstop', query, reading.engine.state.tranches.length, (id) => trancheJson(reading, id))),
  getTranche: (context, { params }) =>
    context.read((reading) => ({ tranche: found(trancheJson(reading, params.id), `tranche ${params.id}`) })),

  listWaterfalls: (context, { query }) =>
    context.read((reading) =>
      listOf('waterfall', query, reading.engine.state.terms.groups.length, (id) => waterfallJson(reading, id)),
    ),
  getWaterfall: (context, { params }) =>
    context.read((reading) => ({ waterfall: found(waterfallJson(reading, params.id), `group ${params.id}`) })),

  listLendingPools: (context, { query }) =>
    context.read((reading) =>
      listOf('lending', query, reading.engine.state.terms.assets.length, (id) => lendingPoolJson(reading, id)),
    ),
  listAmmPools: (context, { query }) =>
    context.read((reading) => listOf('amm', query, reading.engine.state.terms.ammPools.length, (id) => ammPoolJson(reading, id))),

  getParameters: (context) => context.read((reading) => ({ parameters: parametersJson(reading) })),
  async listPendingBundles(context, { query }) {
    const { head, content } = await context.read(({ engine }) => {
      const { pendingBundles } = engine.state;
      const keys = pendingBundles.map(({ id }) => id).sort((a, b) => a - b);
      return pageOf('bundles', query, { keys, item: (id) => pendingBundles.find((candidate) => candidate.id === id) ?? null });
    });
    const items = await Promise.all(content.items.map(context.shadow));
    return { head, content: { ...content, items } };
  },
  getProfile: (context, { params }) =>
    context.read(({ engine }) => {
      const profile = found(
        engine.state.parameters.profiles.find(({ name }) => name === params.name),
        `profile "${params.name}"`,
      );
      return { profile: { name: profile.name, profile: plainJson(profile) } };
    }),

  getRiskMatrix: (context, { params, query }) =>
    context.read((reading) => {
      const list = 'matrix';
      const from = query.cursor === undefined ? 0 : readCursor(list, query.cursor) + 1;
      const view = found(riskMatrixView(reading, params.id, { from, count: query.limit ?? 100 }), `group ${params.id}`);
      const { rowCount, ...matrix } = view;
      const next = from + matrix.rows.length;
      return { matrix: { ...matrix, nextCursor: next < rowCount && next > from ? cursorText(list, next - 1) : null } };
    }),

  getOwner: (context, { params }) =>
    context.read(({ engine, directory }) => {
      const address = params.address.toLowerCase();
      const owner = found(directory.ownerOf(address), `owner with the wallet ${address}`);
      return { owner: { owner, address, lastNonce: engine.state.nonces.get(owner) ?? 0 } };
    }),
};

function marketOf(reading: Reading, id: number) {
  const terms = reading.engine.state.terms.instruments[id];
  return terms === undefined ? null : marketView(reading, terms);
}

function auctionOf(reading: Reading, account: number) {
  for (const auction of reading.engine.state.auctions.values())
    if (auction.account === account) return auctionJson(reading, auction);
  return null;
}
