import { ppm } from '@plimsoll/core/numeric';
import {
  alignedReturns,
  type FilteredJointRules,
  filteredJointScenarios,
  type JointLabels,
  type JointScenario,
  type JointSet,
  type PriceHistory,
  type ReturnMatrix,
} from '@plimsoll/core/scenarios';
import { DAY_MS, dayOf } from './dailyPrices.ts';

/** One day, close to close. */
export const ONE_DAY = { stepMs: DAY_MS, steps: 1, spacing: 'separate' } as const;

/**
 * How the shipped joint set is made. Decay 0.97 and the long-run floor are the cookbook's recommendation for a requirement, not
 * fitted here; 120 rows of which the worst 3 count are expected shortfall at 97.5 %.
 */
export const SHIPPED_JOINT_RULES: FilteredJointRules = {
  ewma: { decayPpm: ppm(970_000), seedCount: 30 },
  windowMax: 3_650,
  volatilityFloor: 'longRun',
  representative: { count: 120, worstCount: 3 },
};

/** Volatility is up where an underlying moved by a standard deviation or more; an underlying without history stands alone. */
export const SHIPPED_JOINT_LABELS: JointLabels = {
  nameOf: (endMs) => `fhs ${dayOf(endMs)}`,
  volatilityUpFromPpm: ppm(1_000_000),
};

export interface ShippedJointSet {
  readonly matrix: ReturnMatrix;
  readonly set: JointSet;
}

/** The shipped joint set, out of daily prices. */
export function shippedJointSet(histories: readonly PriceHistory[]): ShippedJointSet {
  const matrix = alignedReturns(histories, ONE_DAY);
  return { matrix, set: filteredJointScenarios(matrix, SHIPPED_JOINT_RULES, SHIPPED_JOINT_LABELS) };
}

/** The text of `profiles/joint-scenarios.json`: what was chosen, then the scenarios. */
export function jointScenarioFileText({ matrix, set }: ShippedJointSet): string {
  const about = {
    description:
      'One-day filtered historical scenarios, joint over ten underlyings, equally likely; the joint set of the shipped profiles. ' +
      'Expected shortfall at 97.5 % is the mean of the worst 3. Made by scripts/build-joint-scenarios.ts; docs/backtest.md says how.',
    source: 'Daily closes (00:00 UTC, USDT) of Binance spot candles; see the notes of the data set binance_spot_15m_30m_1h_2h.',
    underlyings: matrix.underlyings,
    population: populationOf(matrix, set),
    rules: {
      decayPpm: SHIPPED_JOINT_RULES.ewma.decayPpm,
      seedCount: SHIPPED_JOINT_RULES.ewma.seedCount,
      volatilityFloor: SHIPPED_JOINT_RULES.volatilityFloor,
      count: SHIPPED_JOINT_RULES.representative?.count,
      worstCount: SHIPPED_JOINT_RULES.representative?.worstCount,
      volatilityUpFromPpm: SHIPPED_JOINT_LABELS.volatilityUpFromPpm,
    },
    dailyVolatilityPpm: Object.fromEntries(
      set.volatilities.map(({ underlying, perHorizon }) => [underlying, Math.round(perHorizon * 1e6)]),
    ),
    shortfallErrorPpm: errorsOf(set),
  };
  return `${formatJson({ ...about, scenarios: set.scenarios.map(plain) })}\n`;
}

function populationOf(matrix: ReturnMatrix, set: JointSet): object {
  const ends = matrix.endsMs.slice(SHIPPED_JOINT_RULES.ewma.seedCount);
  return {
    days: ends.length,
    first: dayOf(ends[0] ?? 0),
    last: dayOf(ends[ends.length - 1] ?? 0),
    daysPerScenario: set.selection?.stratumSizes,
  };
}

/** How far expected shortfall over the chosen days is from that over the whole population: reference books, worst and typical. */
function errorsOf(set: JointSet): object {
  const errors = (set.selection?.errors ?? []).map(({ relativeError }) => relativeError);
  const meanSquare = errors.reduce((sum, error) => sum + error * error, 0) / Math.max(1, errors.length);
  return {
    books: errors.length,
    rootMeanSquare: Math.round(Math.sqrt(meanSquare) * 1e6),
    lowest: Math.round(Math.min(...errors) * 1e6),
    highest: Math.round(Math.max(...errors) * 1e6),
  };
}

function plain(scenario: JointScenario): object {
  const { name, dampeningPpm, moves, otherwisePpm } = scenario;
  return {
    name,
    dampeningPpm,
    moves: moves.map(({ underlying, spotPpm, volatility }) => ({ underlying, spotPpm, volatility })),
    otherwisePpm,
  };
}

const LINE_WIDTH = 130;

/** JSON as the project's formatter leaves it: what holds scalars alone and fits stands on one line. */
function formatJson(value: unknown, indent = '', before = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const entries: readonly (readonly [string, unknown])[] = isList
    ? value.map((item: unknown) => ['', item] as const)
    : Object.entries(value).map(([key, item]) => [`${JSON.stringify(key)}: `, item] as const);
  const isFlat = entries.every(([, item]) => typeof item !== 'object' || item === null);
  const flat = entries.map(([key, item]) => `${key}${JSON.stringify(item)}`).join(', ');
  const [open, close, pad] = isList ? ['[', ']', ''] : ['{', '}', ' '];
  const oneLine = `${open}${pad}${flat}${pad}${close}`;
  if (isFlat && indent.length + before + oneLine.length + 1 <= LINE_WIDTH) return oneLine;
  const inner = `${indent}  `;
  const lines = entries.map(([key, item]) => `${inner}${key}${formatJson(item, inner, key.length)}`);
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}
