/** A collateral profile: the policy of `assessCollateral` as JSON, in `profiles/collateral/` or in a file of the user. */

import { readFileSync } from 'node:fs';
import type { QualityPolicy } from '@plimsoll/core/liquidity';
import { durationMs, ppm, ticks } from '@plimsoll/core/numeric';

export interface QualityProfile {
  readonly name: string;
  readonly policy: QualityPolicy;
}

export interface QualityProfileProblem {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

export type QualityProfileResult =
  | { readonly ok: true; readonly profile: QualityProfile }
  | { readonly ok: false; readonly problems: readonly QualityProfileProblem[] };

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const ONE = 1_000_000;
const BANDS_MAX = 14;
const SALE_USD_MAX = 1_000_000_000_000;

/** The whole numbers of a profile with their ranges; `step` is what they are multiples of. */
const NUMBERS = {
  liquidationHorizonMs: { low: 2 * HOUR_MS, high: 168 * HOUR_MS, step: 2 * HOUR_MS },
  recentMs: { low: 24 * HOUR_MS, high: YEAR_MS, step: 1 },
  volatilityMultiplePpm: { low: ONE, high: 10 * ONE, step: 1 },
  tailSharePpm: { low: 1, high: 500_000, step: 1 },
  stressedDepthPpm: { low: 1, high: ONE, step: 1 },
  impactCoefficientPpm: { low: 1, high: 100 * ONE, step: 1 },
  turnoverBelievedPpm: { low: 1, high: ONE, step: 1 },
  unmeasuredDepthPenaltyPpm: { low: 0, high: ONE, step: 1 },
  missingHistoryPenaltyPpm: { low: 0, high: ONE, step: 1 },
  capImpactPpm: { low: 0, high: ONE, step: 1 },
  capTurnoverSharePpm: { low: 0, high: ONE, step: 1 },
  capFallMultiplePpm: { low: 0, high: 10 * ONE, step: 1 },
  commonBarsMin: { low: 2, high: 1_000_000, step: 1 },
  historyWantedMs: { low: 24 * HOUR_MS, high: 20 * YEAR_MS, step: 1 },
} as const;
const SCORE_NUMBERS = {
  volatilityZeroPpm: { low: 1, high: ONE, step: 1 },
  jumpZeroPpm: { low: 1, high: ONE, step: 1 },
  referenceSaleUsd: { low: 1, high: SALE_USD_MAX, step: 1 },
  impactZeroPpm: { low: 1, high: ONE, step: 1 },
} as const;
const OTHERS = ['$schema', 'name', 'description', 'bandImpactsPpm', 'score'];

type Range = { readonly low: number; readonly high: number; readonly step: number };

/** The collateral profile that ships. Throws Error when it is missing or malformed: a defect of ours. */
export function shippedQualityProfile(): QualityProfile {
  const file = new URL('../../../../profiles/collateral/default.json', import.meta.url);
  const result = qualityProfileFromJson(JSON.parse(readFileSync(file, 'utf8')));
  if (result.ok) return result.profile;
  const faults = result.problems.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  throw new Error(`${file.pathname} is not a valid collateral profile: ${faults.join('; ')}`);
}

/** Decodes a collateral profile; all problems at once. Every field is required, unknown ones are refused. */
export function qualityProfileFromJson(json: unknown): QualityProfileResult {
  const problems: QualityProfileProblem[] = [];
  const fields = fieldsOf(json, '', [...Object.keys(NUMBERS), ...OTHERS], problems);
  const score = fieldsOf(fields.get('score'), 'score', Object.keys(SCORE_NUMBERS), problems);
  const number = (name: keyof typeof NUMBERS): number => numberIn(fields, { name, path: name, range: NUMBERS[name] }, problems);
  const scale = (name: keyof typeof SCORE_NUMBERS): number =>
    numberIn(score, { name, path: `score.${name}`, range: SCORE_NUMBERS[name] }, problems);
  const name = fields.get('name');
  if (typeof name !== 'string' || name === '') problems.push({ path: 'name', expected: 'a text', found: shown(name) });
  const policy: QualityPolicy = {
    liquidationHorizonMs: durationMs(number('liquidationHorizonMs')),
    recentMs: durationMs(number('recentMs')),
    volatilityMultiplePpm: ppm(number('volatilityMultiplePpm')),
    tailSharePpm: ppm(number('tailSharePpm')),
    stressedDepthPpm: ppm(number('stressedDepthPpm')),
    impactCoefficientPpm: ppm(number('impactCoefficientPpm')),
    turnoverBelievedPpm: ppm(number('turnoverBelievedPpm')),
    unmeasuredDepthPenaltyPpm: ppm(number('unmeasuredDepthPenaltyPpm')),
    missingHistoryPenaltyPpm: ppm(number('missingHistoryPenaltyPpm')),
    bandImpactsPpm: bandImpacts(fields.get('bandImpactsPpm'), problems).map(ppm),
    capImpactPpm: ppm(number('capImpactPpm')),
    capTurnoverSharePpm: ppm(number('capTurnoverSharePpm')),
    capFallMultiplePpm: ppm(number('capFallMultiplePpm')),
    commonBarsMin: number('commonBarsMin'),
    historyWantedMs: durationMs(number('historyWantedMs')),
    score: {
      volatilityZeroPpm: ppm(scale('volatilityZeroPpm')),
      jumpZeroPpm: ppm(scale('jumpZeroPpm')),
      referenceSale: ticks(BigInt(scale('referenceSaleUsd')) * 1_000_000n),
      impactZeroPpm: ppm(scale('impactZeroPpm')),
    },
  };
  return problems.length === 0 && typeof name === 'string' ? { ok: true, profile: { name, policy } } : { ok: false, problems };
}

function fieldsOf(
  json: unknown,
  path: string,
  known: readonly string[],
  problems: QualityProfileProblem[],
): ReadonlyMap<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    problems.push({ path: path === '' ? '(the whole file)' : path, expected: 'an object', found: shown(json) });
    return new Map();
  }
  for (const name of Object.keys(json)) {
    const place = path === '' ? name : `${path}.${name}`;
    if (!known.includes(name)) problems.push({ path: place, expected: 'no field of this name', found: 'it' });
  }
  return new Map<string, unknown>(Object.entries(json));
}

/** A whole number within its range, or its least value and a problem. */
function numberIn(
  fields: ReadonlyMap<string, unknown>,
  at: { readonly name: string; readonly path: string; readonly range: Range },
  problems: QualityProfileProblem[],
): number {
  const { low, high, step } = at.range;
  const value = fields.get(at.name);
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high && value % step === 0) return value;
  const multiple = step === 1 ? '' : `, a multiple of ${step}`;
  problems.push({ path: at.path, expected: `a whole number from ${low} to ${high}${multiple}`, found: shown(value) });
  return low;
}

function bandImpacts(value: unknown, problems: QualityProfileProblem[]): readonly number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const impacts = list.filter((item): item is number => typeof item === 'number' && Number.isInteger(item));
  const isRising = impacts.every((impact, index) => impact > (impacts[index - 1] ?? 0) && impact < ONE);
  if (impacts.length === list.length && impacts.length >= 1 && impacts.length <= BANDS_MAX && isRising) return impacts;
  const expected = `1 to ${BANDS_MAX} rising whole numbers from 1 to ${ONE - 1}`;
  problems.push({ path: 'bandImpactsPpm', expected, found: shown(value) });
  return [];
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
