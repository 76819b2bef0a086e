import { dollarsText } from '../../report/format.ts';
import type { ParameterGroup } from '../../report/reportInput.ts';
import { defaultGroup, defaultLending, defaultTranche } from '../../worlds/defaultParameters.ts';
import {
  AUCTIONS_VISITED,
  BACKSTOP_CAPITAL,
  DEPTH,
  EQUITY_LEAST,
  EQUITY_MOST,
  KEEPERS,
  LEVERAGES,
  LIQUIDATION_THRESHOLD_PPM,
  LONG_SHARE_PPM,
  MARKET_MAKER_CAPITAL,
  ORACLE_HEARTBEAT_MS,
  ORACLE_MAX_AGE_MS,
  PERPETUAL_ACCOUNTS,
  RESTART_GATE_MS,
} from './assumptions.ts';
import { percent } from './losses.ts';

/** Every number that is the lab's choice, with its reason: the report prints them all. */
export function blackThursdayParameters(): readonly ParameterGroup[] {
  const { auction } = defaultGroup(0, '');
  const lending = defaultLending();
  const tranche = defaultTranche(0, 0);
  const minutes = (ms: number): string => `${ms / 60_000} min`;
  return [
    {
      name: 'Protocol',
      entries: [
        {
          name: 'margin profile',
          value: 'plimsoll-grid',
          why: 'the stress part of the shipped default: its joint scenarios are of later days',
        },
        {
          name: 'vault threshold',
          value: percent(LIQUIDATION_THRESHOLD_PPM),
          why: '1 / 150 %: the ratio at which the real vaults were liquidated',
        },
        {
          name: 'auction reserve',
          value: `from value to ${percent(auction.cutoffPpm)} of it in ${minutes(auction.fastMs)}, to nothing in ${minutes(auction.slowMs)} more`,
          why: 'assumed; falls quickly at first so that a sale happens in the hour between two oracle updates',
        },
        { name: 'slice', value: 'at least 50 % of a solvent portfolio', why: 'smaller pieces of a vault are not worth the gas' },
        { name: 'insolvent clock', value: minutes(auction.insolventMs), why: 'time for bidders before a loss is shared' },
        {
          name: 'oracle report counts for',
          value: minutes(ORACLE_MAX_AGE_MS),
          why: 'the delayed oracle was silent for up to 17,104 s: with less, nothing could be priced in its gaps; single-source',
        },
        {
          name: 'declared heartbeat',
          value: minutes(ORACLE_HEARTBEAT_MS),
          why: 'hourly oracle; maintenance margin of the perpetual charges it as latency',
        },
        { name: 'restart gate', value: minutes(RESTART_GATE_MS), why: 'two distinct updates before anything is liquidated' },
        {
          name: 'borrow rate',
          value: `${percent(lending.basePpmPerYear)} a year, ${percent(lending.basePpmPerYear + lending.slope1PpmPerYear)} at ${percent(lending.kinkPpm)} utilisation`,
          why: 'assumed; two days of interest do not decide anything',
        },
        {
          name: 'backstop caps',
          value: `${percent(tranche.lossCapPpm)} of its capital, ${percent(tranche.hourlyLossCapPpm)} in an hour`,
          why: 'assumed',
        },
        {
          name: 'insurance at the start',
          value: 'nothing',
          why: 'it fills from liquidation fees alone, so that its cover is earned in the crash',
        },
        {
          name: 'auctions visited per block',
          value: String(AUCTIONS_VISITED),
          why: 'bounded work; those with bids are always visited',
        },
      ],
    },
    {
      name: 'Market and liquidators (assumed)',
      entries: [
        {
          name: 'depth',
          value: DEPTH.bands
            .map(
              (band) =>
                `${band.upToMicroUsd === null ? 'beyond' : `to ${dollarsText(band.upToMicroUsd)}`} ${percent(band.impactPpm)}`,
            )
            .join(', '),
          why: 'no order book of March 2020 is among the data; one market for all, sold into at these concessions',
        },
        { name: 'depth refills in', value: minutes(DEPTH.refillMs), why: 'assumed' },
        ...KEEPERS.map((keeper) => ({
          name: keeper.name,
          value: `${dollarsText(keeper.capitalMicroUsd)}, sees and sells ${keeper.latencyMs / 1_000} s late, wants ${percent(keeper.marginPpm)}, dollars back in ${minutes(keeper.settlementMs)}`,
          why: 'its own capital, deposited in DAI before the crash; nobody lends it more',
        })),
        {
          name: 'gas',
          value: `${KEEPERS[0]?.bidGas ?? 0n} a bid, ${KEEPERS[0]?.settleGas ?? 0n} a settlement`,
          why: "order of magnitude of the auctions' transactions; at the median gas price of the ten minutes it falls in",
        },
        { name: 'backstop capital', value: dollarsText(BACKSTOP_CAPITAL), why: 'assumed, in the cells that have one' },
      ],
    },
    {
      name: 'Perpetual book (synthetic)',
      entries: [
        { name: 'accounts', value: String(PERPETUAL_ACCOUNTS), why: 'a cell then holds about five thousand accounts' },
        {
          name: 'long',
          value: `${percent(LONG_SHARE_PPM)} of the accounts`,
          why: 'assumed; a market maker holds the other side of all of them',
        },
        {
          name: 'leverage',
          value: LEVERAGES.map(({ leveragePpm, sharePpm }) => `${leveragePpm / 1e6}× for ${percent(sharePpm)}`).join(', '),
          why: 'stated mixture',
        },
        { name: 'equity', value: `${dollarsText(EQUITY_LEAST)} to ${dollarsText(EQUITY_MOST)}, log-uniform`, why: 'assumed' },
        { name: 'market maker', value: dollarsText(MARKET_MAKER_CAPITAL), why: 'assumed; enough to stand through both days' },
      ],
    },
  ];
}
