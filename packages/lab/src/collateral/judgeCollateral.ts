import {
  assessCollateral,
  type BackedSide,
  type CollateralQuality,
  curveFromAverageImpacts,
  curveFromBook,
  type DepthEvidence,
  lastBar,
} from '@plimsoll/core/liquidity';
import { amount, durationMs, type Price, powerOfTen } from '@plimsoll/core/numeric';
import { BIDS_FROZEN_FROM_MS, BOOK_DAY_START_MS, BOOK_DEPTH_FILE, loadBidDepth } from './bookDepth.ts';
import type { CollateralAsset, DepthSource } from './catalogue.ts';
import { type LabelledHistory, loadPriceHistory } from './priceHistories.ts';
import type { QualityProfile } from './qualityProfile.ts';
import { loadSwapQuotes, SWAP_QUOTES_FILE } from './swapQuotes.ts';

export interface CollateralRequest {
  readonly asset: CollateralAsset;
  readonly backs: { readonly asset: CollateralAsset; readonly side: BackedSide } | null;
  /** Today's price, 1e-9 USD; null takes the last one in the data. */
  readonly price: Price | null;
  readonly profile: QualityProfile;
}

/** A judgement with where everything came from. */
export interface CollateralReport {
  readonly request: CollateralRequest;
  readonly price: PriceUsed;
  readonly history: LabelledHistory | null;
  readonly backed: LabelledHistory | null;
  readonly depth: DepthFound;
  readonly quality: CollateralQuality;
}

export interface PriceUsed {
  readonly price: Price;
  readonly from: 'given' | 'history' | 'quotes';
  /** When it stood; null for a price that was given. */
  readonly atMs: number | null;
}

export type DepthFound =
  | {
      readonly kind: 'measured';
      readonly say: string;
      readonly file: string;
      readonly fromMs: number;
      readonly toMs: number;
      readonly priceThen: Price;
      /** Quotes or snapshots behind the curve. */
      readonly observations: number;
      readonly evidence: DepthEvidence;
    }
  | { readonly kind: 'turnover' | 'none'; readonly evidence: DepthEvidence };

/** Loads what the folder holds of an asset and judges it. */
export async function judgeCollateral(folder: string, request: CollateralRequest): Promise<CollateralReport> {
  const { asset, backs, profile } = request;
  const history = await loadPriceHistory(folder, asset);
  const backed = backs === null ? null : await loadPriceHistory(folder, backs.asset);
  const depth = await findDepth(folder, asset, history);
  const used = priceUsed({ request, history, depth });
  const quality = assessCollateral({
    price: used.price,
    feedUnit: amount(powerOfTen(asset.ledgerDecimals)),
    history: history?.history ?? null,
    historyOf: history?.of ?? 'self',
    ownHistoryMs: history?.ownMs ?? durationMs(0),
    depth: depth.evidence,
    backs: backs === null ? null : { history: backed?.history ?? null, side: backs.side },
    policy: profile.policy,
  });
  return { request, price: used, history, backed, depth, quality };
}

async function findDepth(folder: string, asset: CollateralAsset, history: LabelledHistory | null): Promise<DepthFound> {
  if (asset.depth !== null) return measuredDepth(folder, asset.depth);
  // An estimate stands on the asset's own turnover or on nothing.
  const bars = history?.of === 'self' ? (history.history[0]?.bars ?? []) : [];
  const kind = bars.some(({ turnover }) => turnover !== null) ? 'turnover' : 'none';
  return { kind, evidence: { kind } };
}

async function measuredDepth(folder: string, source: DepthSource): Promise<DepthFound> {
  if (source.kind === 'quotes') {
    const { fromMs, toMs, price: priceThen, quotes } = await loadSwapQuotes(folder, source);
    const curve = curveFromAverageImpacts(quotes);
    return found({ say: source.say, file: SWAP_QUOTES_FILE, fromMs, toMs, priceThen, observations: quotes.length }, curve);
  }
  const window = { fromMs: BOOK_DAY_START_MS, untilMs: BIDS_FROZEN_FROM_MS };
  const book = await loadBidDepth(folder, window);
  const place = { say: source.say, file: BOOK_DEPTH_FILE, fromMs: window.fromMs, toMs: window.untilMs };
  return found({ ...place, priceThen: book.price, observations: book.snapshots }, curveFromBook(book.levels));
}

function found(
  place: Omit<DepthFound & { readonly kind: 'measured' }, 'kind' | 'evidence'>,
  curve: (DepthEvidence & { readonly kind: 'measured' })['curve'],
): DepthFound {
  return { ...place, kind: 'measured', evidence: { kind: 'measured', curve, priceThen: place.priceThen } };
}

/** The price that was given, else the last of the asset's own candles, else that of its quotes, else the last of what stands for it. */
function priceUsed(from: {
  readonly request: CollateralRequest;
  readonly history: LabelledHistory | null;
  readonly depth: DepthFound;
}): PriceUsed {
  const { request, history, depth } = from;
  if (request.price !== null) return { price: request.price, from: 'given', atMs: null };
  const last = history === null ? null : lastBar(history.history);
  const isOwnPrice = request.asset.history?.kind === 'candles' || depth.kind !== 'measured';
  if (history !== null && last !== null && isOwnPrice) return { price: last.close, from: 'history', atMs: history.untilMs };
  if (depth.kind === 'measured') return { price: depth.priceThen, from: 'quotes', atMs: depth.toMs };
  throw new Error(`the catalogue gives ${request.asset.symbol} neither a price history nor depth`);
}
