/**
 * A judgement of collateral as sentences and tables, for the terminal and for the page alike: every step with its figures.
 */

import {
  averageHaircutPpm,
  creditUnits,
  type MissingEvidence,
  type ScorePartName,
  staticLending,
  valueOfAmount,
} from '@plimsoll/core/liquidity';
import {
  type Amount,
  amount,
  formatDecimal,
  formatDecimalFixed,
  mulDivNearest,
  type Price,
  powerOfTen,
} from '@plimsoll/core/numeric';
import { withCommas } from '../report/format.ts';
import type { CollateralReport } from './judgeCollateral.ts';

/** One line of the derivation: what it is, its figure, where it comes from. */
export interface DerivationLine {
  readonly name: string;
  readonly figure: string;
  readonly from: string;
}

export interface DerivationStep {
  readonly title: string;
  readonly lines: readonly DerivationLine[];
}

/** A band of the schedule. */
export interface BandRow {
  /** End of the band in whole units and in dollars; null where it is open. */
  readonly upToUnits: string | null;
  readonly upToUsd: string | null;
  readonly haircut: string;
  /** Haircut of everything up to the end of the band; null where it is open. */
  readonly average: string | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MISSING_WORDS: Readonly<Record<MissingEvidence, string>> = {
  ownPriceHistory: 'its own price history: that of what it redeems into is taken',
  anyPriceHistory: 'any price history: without one the whole value may go, so nothing counts',
  measuredDepth: 'measured depth',
  anyDepth: 'any depth or turnover of its own: nothing is known of what selling it brings, so nothing counts',
  backedPriceHistory: 'enough common prices with what it backs: their correlation is taken as complete',
  historyLength: 'enough of its own prices: the history is shorter than the profile wants',
};
const PART_WORDS: Readonly<Record<ScorePartName, string>> = {
  volatility: 'volatility over the horizon',
  jumps: 'jump history',
  depth: 'depth for the reference sale',
  wrongWay: 'wrong-way risk',
  evidence: 'evidence',
};
const GRADES: readonly (readonly [from: number, word: string])[] = [
  [80, 'strong'],
  [60, 'good'],
  [40, 'fair'],
  [20, 'weak'],
  [0, 'unfit'],
];

/** A word for a score. */
export function gradeOf(total: number): string {
  return GRADES.find(([from]) => total >= from)?.[1] ?? 'unfit';
}

/** Parts of the score: name, points, most. */
export function scoreRows({ quality }: CollateralReport): readonly (readonly [string, string, string])[] {
  return quality.score.parts.map((part) => [
    PART_WORDS[part.name],
    formatDecimalFixed(BigInt(part.hundredths), 2, 2, 'down'),
    formatDecimal(BigInt(part.ofHundredths), 2),
  ]);
}

/** What the data could not give, a sentence part each. */
export function missingLines({ quality }: CollateralReport): readonly string[] {
  return quality.missing.map((missing) => MISSING_WORDS[missing]);
}

/** The price and its date in words. */
export function priceLine({ price }: CollateralReport): string {
  const shown = `${usdPrice(price.price)} USD`;
  switch (price.from) {
    case 'given':
      return `${shown}, as given`;
    case 'history':
      return `${shown}, the last price in the data (${dayOf(price.atMs)})`;
    case 'quotes':
      return `${shown}, from the quotes of ${dayOf(price.atMs)}`;
  }
}

/** The derivation, step by step. */
export function derivation(report: CollateralReport): readonly DerivationStep[] {
  return [moveStep(report), depthStep(report), haircutStep(report), capStep(report)];
}

function moveStep({ quality, history, backed, request }: CollateralReport): DerivationStep {
  const { volatility, jumps, wrongWay, move } = quality;
  const { backs } = request;
  const { policy } = request.profile;
  const hours = `${policy.liquidationHorizonMs / HOUR_MS} h`;
  const recentDays = Math.round(policy.recentMs / DAY_MS);
  const lines: DerivationLine[] = [];
  if (history === null || volatility === null || jumps === null) {
    lines.push({ name: 'price history', figure: 'none', from: 'the data folder holds no prices of it' });
  } else {
    lines.push({ name: 'price history', figure: `${dayOf(history.fromMs)} to ${dayOf(history.untilMs)}`, from: history.say });
    const recent = volatility.recentPpm === null ? '' : `, ${percent(volatility.recentPpm)} in the last ${recentDays} days`;
    lines.push({
      name: `volatility in ${hours}`,
      figure: percent(volatility.countedPpm),
      from: `larger of ${percent(volatility.wholePpm)} over ${countOf(volatility.returns)} returns${recent}; root mean square × √time`,
    });
    lines.push({
      name: 'volatility part',
      figure: percent(move.volatilityPpm),
      from: `× ${formatDecimal(BigInt(policy.volatilityMultiplePpm), 6)} standard deviations`,
    });
    lines.push({
      name: 'jump part',
      figure: percent(move.jumpPpm),
      from: `average of the worst ${countOf(jumps.tailWindows)} of ${countOf(jumps.windows)} falls in ${hours}, close to lowest low; the worst is ${percent(jumps.worstPpm)}`,
    });
    lines.push({
      name: 'jumps',
      figure: `${countOf(jumps.jumps)}, ${countOf(jumps.jumpsPerYear)} a year`,
      from: `Lee-Mykland test at 1 %; the deepest in one bar ${percent(jumps.deepestJumpPpm)}. Shown, not charged twice`,
    });
  }
  if (backs === null || wrongWay === null) {
    lines.push({ name: 'wrong-way risk', figure: '× 1', from: 'nothing named with --backs' });
  } else {
    const measured = wrongWay.isMeasured
      ? `correlation ${ratio(wrongWay.wholePpm)} over ${countOf(wrongWay.commonBars)} common bars${wrongWay.recentPpm === null ? '' : `, ${ratio(wrongWay.recentPpm)} in the last ${recentDays} days`}; counted ${ratio(wrongWay.countedPpm)}`
      : `${countOf(wrongWay.commonBars)} common bars are too few: counted as complete`;
    const side = wrongWay.side === 'either' ? 'a position in' : `a ${wrongWay.side} position in`;
    lines.push({
      name: 'wrong-way risk',
      figure: `× ${ratio(wrongWay.factorPpm)}`,
      from: `backs ${side} ${backs.asset.symbol} (${backed === null ? 'no prices' : 'prices'}); ${measured}`,
    });
  }
  lines.push({
    name: 'market move counted',
    figure: percent(move.countedPpm),
    from: 'the larger part × the wrong-way factor, at most 100 %',
  });
  return { title: 'What the price can do before the sale is over', lines };
}

function depthStep(report: CollateralReport): DerivationStep {
  const { quality, depth, request, price } = report;
  const { policy } = request.profile;
  const lines: DerivationLine[] = [];
  if (depth.kind === 'measured') {
    lines.push({
      name: 'depth measured',
      figure: periodOf(depth.fromMs, depth.toMs),
      from: `${countOf(depth.observations)} observations in ${depth.file}: ${depth.say}`,
    });
    const change = changeOf(price.price, depth.priceThen);
    lines.push({
      name: 'price then and now',
      figure: `kept ${percent(quality.depth.priceKeptPpm)}`,
      from: `${usdPrice(depth.priceThen)} USD then, ${usdPrice(price.price)} USD now (${change}); by value: less after a fall, no more after a rise`,
    });
  } else if (quality.depth.kind === 'turnover') {
    lines.push({
      name: 'depth estimated from traded volume',
      figure: `${usd(quality.depth.dailyTurnover ?? 0n)} USD a day`,
      from: `no depth of it is measured; impact = ${formatDecimal(BigInt(policy.impactCoefficientPpm), 6)} × ${percent(quality.depth.dailyVolatilityPpm ?? 0)} a day × √(value / turnover); the lower of its whole and recent turnover`,
    });
  } else {
    lines.push({
      name: 'depth',
      figure: 'none',
      from: 'neither depth nor turnover of its own; that of another asset is not taken',
    });
  }
  lines.push({
    name: 'stressed depth',
    figure: `kept ${percent(quality.depth.stressKeptPpm)}`,
    from: `what is left of depth in a crash, by the collateral profile "${request.profile.name}"`,
  });
  lines.push({ name: 'penalty', figure: percent(quality.penaltyPpm), from: penaltyWords(report) });
  return { title: 'What selling it costs', lines };
}

function penaltyWords({ quality, request }: CollateralReport): string {
  const { policy } = request.profile;
  const forDepth = quality.missing.includes('measuredDepth') ? policy.unmeasuredDepthPenaltyPpm : 0;
  const forHistory = quality.penaltyPpm - forDepth;
  const parts = [
    ...(forDepth > 0 ? [`${percent(forDepth)} for depth that is not measured`] : []),
    ...(forHistory > 0
      ? [
          `${percent(forHistory)} for the part of ${Math.round(policy.historyWantedMs / DAY_MS)} days of its own prices that is missing`,
        ]
      : []),
  ];
  return parts.length === 0
    ? 'nothing is charged for missing evidence'
    : `of the profile, added to every haircut: ${parts.join(', ')}`;
}

function haircutStep({ quality }: CollateralReport): DerivationStep {
  return {
    title: 'Haircut',
    lines: [
      {
        name: 'of a band',
        figure: '1 − (1 − move)(1 − impact) + penalty',
        from: 'the price falls, then what is left is sold; rounded up. Applied to the part of an amount inside the band',
      },
      {
        name: 'initial level',
        figure: `+ ${percent(quality.initialExtraHaircutPpm)}`,
        from: 'one standard deviation over the horizon × the wrong-way factor',
      },
    ],
  };
}

function capStep(report: CollateralReport): DerivationStep {
  const { cap } = report.quality;
  const lending = staticLending(report.quality);
  return {
    title: 'Cap over all accounts',
    lines: [
      {
        name: 'cap',
        figure: `${unitsText(report, cap.amount)} ${report.request.asset.symbol}`,
        from:
          cap.amount === 0n
            ? 'nothing may be held: nothing counts, or not even the first unit passes'
            : `${usd(cap.value)} USD. Sold at once after a fall of ${percent(cap.fallPpm)} it gives up ${percent(cap.impactPpm)} and still covers all credit, however it is split among accounts`,
      },
      {
        name: 'lending accounts',
        figure: `threshold ${percentDown(lending.liquidationThresholdPpm)}, loan to value ${percentDown(lending.loanToValuePpm)}`,
        from: 'one figure for every size, that of the cap; the liquidation fee of the market comes off both',
      },
    ],
  };
}

/** Rows of a schedule: `outside` the scenarios, or `inside` them. */
export function bandRows(report: CollateralReport, where: 'outside' | 'inside'): readonly BandRow[] {
  const bands = report.quality[where];
  return bands.map(({ upTo, haircutPpm }) => ({
    upToUnits: upTo === null ? null : unitsText(report, upTo),
    upToUsd: upTo === null ? null : usd(worthOf(report, upTo)),
    haircut: percent(haircutPpm),
    average: upTo === null ? null : percent(averageHaircutPpm(bands, upTo)),
  }));
}

/** One size of the picture: value in dollars and the average haircut of that value. */
export interface HaircutPoint {
  readonly usd: number;
  readonly haircutPpm: number;
}

/** Average haircuts from ten thousand dollars to twice the end of the last band (at least ten million), by steps of 1-2-5. */
export function haircutPoints(report: CollateralReport, where: 'outside' | 'inside'): readonly HaircutPoint[] {
  const bands = report.quality[where];
  const last = bands.reduce<bigint>((end, band) => band.upTo ?? end, 0n);
  const endUsd = Math.max(10_000_000, 2 * Number(worthOf(report, amount(last)) / 1_000_000n));
  const points: HaircutPoint[] = [];
  for (let decade = 10_000; decade <= endUsd; decade *= 10) {
    for (const step of [1, 2, 5]) {
      if (decade * step > endUsd) break;
      points.push({ usd: decade * step, haircutPpm: averageHaircutPpm(bands, amountOfUsd(report, decade * step)) });
    }
  }
  return points;
}

/** What an amount held counts for. */
export function heldLines(report: CollateralReport, held: Amount): readonly DerivationLine[] {
  const { outside } = report.quality;
  const credit = creditUnits(outside, held);
  const { symbol } = report.request.asset;
  return [
    { name: 'held', figure: `${unitsText(report, held)} ${symbol}`, from: `${usd(worthOf(report, held))} USD` },
    {
      name: 'haircut of all of it',
      figure: percent(averageHaircutPpm(outside, held)),
      from: 'average over the bands, rounded up',
    },
    { name: 'counts', figure: `${unitsText(report, credit)} ${symbol}`, from: `${usd(worthOf(report, credit))} USD` },
    ...(held > report.quality.cap.amount
      ? [
          {
            name: 'beyond the cap',
            figure: `${unitsText(report, amount(held - report.quality.cap.amount))} ${symbol}`,
            from: 'would not be taken in',
          },
        ]
      : []),
  ];
}

function worthOf(report: CollateralReport, held: Amount): bigint {
  return valueOfAmount(held, { price: report.price.price, feedUnit: amount(powerOfTen(report.request.asset.ledgerDecimals)) });
}

function amountOfUsd(report: CollateralReport, dollars: number): Amount {
  const units = (BigInt(dollars) * 1_000_000_000n * powerOfTen(report.request.asset.ledgerDecimals)) / report.price.price;
  return amount(units > 0n ? units : 1n);
}

/** Whole units with at most four significant decimals, rounded down. */
function unitsText({ request }: CollateralReport, units: bigint): string {
  const { ledgerDecimals } = request.asset;
  const whole = units / powerOfTen(ledgerDecimals);
  return withCommas(formatDecimalFixed(units, ledgerDecimals, whole >= 100n ? 1 : 4, 'down'));
}

/** Ticks as whole dollars with commas. */
function usd(ticksValue: bigint): string {
  return withCommas(formatDecimalFixed(ticksValue, 6, 0, 'down'));
}

function usdPrice(value: Price): string {
  return withCommas(formatDecimalFixed(value, 9, value >= 1_000_000_000n ? 2 : 6, 'nearest'));
}

/** Parts per million as percent with two decimals, rounded up: haircuts are not understated. */
export function percent(figurePpm: number): string {
  return `${formatDecimalFixed(BigInt(figurePpm), 4, 2, 'up')} %`;
}

/** The same rounded down, for what counts. */
function percentDown(figurePpm: number): string {
  return `${formatDecimalFixed(BigInt(figurePpm), 4, 2, 'down')} %`;
}

function ratio(figurePpm: number | null): string {
  return figurePpm === null ? 'unknown' : formatDecimalFixed(BigInt(figurePpm), 6, 3, 'awayFromZero');
}

function countOf(count: number): string {
  return withCommas(String(count));
}

/** From this change of price on, in thousandths, depth counts as measured far from today's price. */
const FAR = 100n;

function changeOf(now: Price, then: Price): string {
  // To the nearest tenth of a percent: what is shown as no change has no sign.
  const change = mulDivNearest(now - then, 1000n, then);
  const far = change >= FAR || change <= -FAR ? ", measured far from today's price" : '';
  const sign = change < 0n ? '−' : change > 0n ? '+' : '';
  return `${sign}${formatDecimalFixed(change < 0n ? -change : change, 1, 1, 'nearest')} %${far}`;
}

function dayOf(timeMs: number | null): string {
  return timeMs === null ? 'unknown' : new Date(timeMs).toISOString().slice(0, 10);
}

function periodOf(fromMs: number, toMs: number): string {
  const [from, to] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
  if (from === undefined || to === undefined) return '';
  return `${from.slice(0, 10)} ${from.slice(11, 16)} to ${from.slice(0, 10) === to.slice(0, 10) ? '' : `${to.slice(0, 10)} `}${to.slice(11, 16)} UTC`;
}
