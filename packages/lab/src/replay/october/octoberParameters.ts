import { dollarsText, momentText } from '../../report/format.ts';
import type { ParameterGroup } from '../../report/reportInput.ts';
import { BACKSTOP_CAPITAL_PPM, INSURANCE_FLOOR_PPM, KEEPER_CAPITAL_PPM, OCTOBER_KEEPERS } from './cells.ts';
import { classSharesPpm, LEVERAGE_CLASSES, POSITION_SHARE_MAX_PPM } from './octoberBook.ts';
import { percentText } from './octoberFigures.ts';
import {
  AGREEMENT_PPM,
  CONFIDENCE_GROWTH_PPM_PER_MINUTE,
  CONFIDENCE_MAX_PPM,
  QUORUM_SOURCES,
  RESTART_GATE_MS,
  SCAN_RANGE_PPM,
  SOURCE_AGE_MAX_MS,
} from './octoberTerms.ts';
import { DEPTH_ONE_PERCENT_PPM, REFILL_MS } from './outsideBook.ts';

/** All that was set for an October replay, with its reason. */
export function octoberParameters(input: {
  readonly leveredPpm: number;
  readonly accountsMax: number;
  readonly totalMicroUsd: bigint;
  readonly depthLabel: string;
  readonly openMs: number;
  readonly leftOut: readonly string[];
}): readonly ParameterGroup[] {
  return [
    {
      name: 'Oracle',
      entries: [
        {
          name: 'a source counts for',
          value: `${SOURCE_AGE_MAX_MS / 1_000} s`,
          why: 'the age at which a venue that stopped is a venue no more',
        },
        {
          name: 'quorum',
          value: `${QUORUM_SOURCES} sources within ${percentText(AGREEMENT_PPM)}`,
          why: 'two that disagree are no price',
        },
        {
          name: 'confidence',
          value: `grows ${percentText(CONFIDENCE_GROWTH_PPM_PER_MINUTE)} a minute of age`,
          why: 'an old price is a wide one; it charges initial margin',
        },
        {
          name: 'uncertain from',
          value: percentText(CONFIDENCE_MAX_PPM),
          why: 'beyond it no new risk; liquidation goes on at the band',
        },
        {
          name: 'restart gate',
          value: `${RESTART_GATE_MS / 1_000} s`,
          why: 'the first prices back after a gap liquidate nobody',
        },
        {
          name: 'step gate',
          value: 'open',
          why: 'so that the quorum alone keeps a collapsing venue out, and shows that it does',
        },
      ],
    },
    {
      name: 'Margin and auctions',
      entries: [
        {
          name: 'profile',
          value: 'plimsoll-grid',
          why: 'the stress part of the shipped default, worst case per asset: joint scenarios must not know the day replayed',
        },
        {
          name: 'scan range',
          value: percentText(SCAN_RANGE_PPM),
          why: 'about 6 % maintenance and 8 % initial margin, near ten times leverage as alt-coins had',
        },
        {
          name: 'auction',
          value: 'from all of equity to 30 % of it in 10 s, to nothing in 30 s more',
          why: 'a perpetual book falls faster than a vault: equity is a few per cent of notional',
        },
        {
          name: 'insolvent portfolios',
          value: 'the whole deficit after 30 s',
          why: 'then the backstop, insurance and deleveraging act',
        },
        {
          name: 'insurance',
          value: `empty at the start; target ${percentText(INSURANCE_FLOOR_PPM)} of open interest`,
          why: 'it fills from liquidation fees alone',
        },
      ],
    },
    {
      name: 'Liquidators',
      entries: [
        {
          name: 'capital of ten keepers',
          value: `${percentText(KEEPER_CAPITAL_PPM)} of open interest`,
          why: 'an assumption; no data tells it',
        },
        {
          name: 'backstop',
          value: `${percentText(BACKSTOP_CAPITAL_PPM)} of open interest`,
          why: 'an assumption; may lose 90 % of it',
        },
        { name: 'latency', value: latencies(), why: 'no keeper sees a price younger than its own' },
        {
          name: 'margin asked',
          value: 'own margin and impact, and half of the last minute’s move for each minute that unloading takes',
          why: 'a faster market and a fuller book make them ask for more',
        },
        {
          name: 'outside books',
          value: `one per cent of impact per ${percentText(DEPTH_ONE_PERCENT_PPM)} of open interest, square-root, whole again after ${REFILL_MS / 1_000} s`,
          why: 'where keepers sell what they won',
        },
        { name: 'depth', value: 'as the scenario’s steps', why: input.depthLabel },
      ],
    },
    {
      name: 'Book',
      entries: [
        {
          name: 'open interest',
          value: dollarsText(input.totalMicroUsd),
          why: `at most ${input.accountsMax} short accounts of the scenario, a seeded sample`,
        },
        {
          name: 'opens',
          value: momentText(input.openMs),
          why: `the moment before the crash at which most assets had an agreed price${input.leftOut.length === 0 ? '' : `; without one, and so without positions: ${input.leftOut.join(', ')}`}`,
        },
        {
          name: 'short side',
          value: 'values and leverages of the scenario’s accounts',
          why: 'deleveraged winners: median leverage 0.43, capped at 5',
        },
        { name: 'long side', value: 'synthetic', why: 'account values drawn from the same list' },
        ...LEVERAGE_CLASSES.map(({ name, lowPpm, highPpm }, place) => ({
          name: `long, ${name}`,
          value: `${lowPpm / 1e6} to ${highPpm / 1e6}`,
          why: `${percentText(classSharesPpm(input.leveredPpm)[place] ?? 0)} of the long notional`,
        })),
        {
          name: 'levered share',
          value: percentText(input.leveredPpm),
          why: 'h, the one calibrated parameter: 1 − h hardly, h·(1 − h) levered, h² highly; bisection on liquidated to deleveraged notional',
        },
        {
          name: 'largest position',
          value: `${percentText(POSITION_SHARE_MAX_PPM)} of an asset`,
          why: 'one account is not the market',
        },
      ],
    },
  ];
}

function latencies(): string {
  const all = OCTOBER_KEEPERS.map(({ latencyMs }) => latencyMs / 1_000);
  return `${Math.min(...all)} to ${Math.max(...all)} s`;
}
