import { createRandom } from '../random/random.ts';
import type { PriceLine, ReportInput } from './reportInput.ts';

const START_MS = 1_583_971_200_000;
const MINUTE_MS = 60_000;
const MINUTES = 2_880;

/** A made-up report that fills every section: for tests and for looking at the page. */
export function sampleReport(): ReportInput {
  const random = createRandom('sample-report');
  const times = Array.from({ length: MINUTES }, (_, minute) => START_MS + minute * MINUTE_MS);
  let level = 194;
  const market = times.map((_, minute) => {
    const drift = minute > 600 && minute < 1_500 ? -0.00085 : 0.0001;
    level *= 1 + drift + 0.003 * random.normal();
    return level;
  });
  const delayed = market.map((_, minute) => market[Math.max(0, Math.floor(minute / 60) * 60 - 60)] ?? 194);
  const line = (name: string, values: readonly number[], isStep: boolean): PriceLine => ({
    name,
    label: `${name}: made up for this sample`,
    timesMs: times,
    values,
    isStep,
  });
  const cellNames = ['no keeper, delayed', 'one keeper, delayed', 'ten keepers, timely', 'ten keepers + backstop, timely'];
  const sales = times.flatMap((timeMs, minute) => {
    const price = market[minute] ?? 1;
    if (minute < 700 || random.nextFloat() > 0.45) return [];
    const layer = random.nextFloat() < 0.1 ? ('backstop' as const) : ('auction' as const);
    return [
      {
        timeMs,
        layer,
        paid: price * (0.8 + 0.2 * random.nextFloat()),
        market: price,
        microUsd: BigInt(Math.floor(random.nextFloat() * 2e10)),
      },
    ];
  });
  const wave = (minute: number, peak: number): number => Math.round(peak * Math.exp(-(((minute - 1_000) / 200) ** 2)));
  return {
    title: 'Black Thursday, 12–13 March 2020',
    subtitle: 'A sample of the page: all figures are made up.',
    verdict: {
      tone: 'mixed',
      text: 'With ten keepers and the backstop every vault was sold within 7 % of the market, and suppliers lost nothing. Without keepers the protocol lost $4.1 M.',
    },
    headlines: [
      { label: 'Bad debt, main cell', value: '$0', note: 'of $62.8 M of collateral' },
      { label: 'Sold', value: '1,461', note: 'vaults in auctions' },
      { label: 'Median paid', value: '96.4 %', note: 'of the market' },
      { label: 'Balance sheet', value: 'neutral', note: 'to the unit, every block' },
    ],
    origins: [
      { name: 'market', label: 'Binance 2-hour candles, bridged', singleSource: true, reconstructed: true, synthetic: false },
      { name: 'debts', label: 'seeded within the bracket', singleSource: false, reconstructed: false, synthetic: true },
    ],
    attributions: ['Powered by a sample'],
    nonCommercial: true,
    prices: [
      {
        title: 'ETH/USD',
        unit: 'USD',
        caption: 'The delayed oracle stood up to an hour behind.',
        series: [line('market', market, false), line('delayed oracle', delayed, true)],
        marks: [{ timeMs: START_MS + 1_000 * MINUTE_MS, label: 'first auction' }],
      },
    ],
    health: [
      {
        cell: cellNames[3] ?? '',
        timesMs: times,
        healthy: times.map((_, minute) => 5_000 - wave(minute, 900) - Math.floor(minute / 10)),
        restricted: times.map((_, minute) => wave(minute, 600)),
        liquidatable: times.map((_, minute) => wave(minute, 250)),
        insolvent: times.map((_, minute) => wave(minute, 50)),
        closed: times.map((_, minute) => Math.floor(minute / 10)),
      },
    ],
    auctions: cellNames.map((cell) => ({
      cell,
      caption: 'Price paid per ETH of each vault slice.',
      unit: 'USD per ETH',
      marketLine: line('market', market, false),
      sales,
    })),
    waterfall: cellNames.map((cell, index) => ({
      cell,
      layers: ['protection', 'auction', 'backstop', 'insurance', 'adl', 'socialised', 'recovery'].map((layer, place) => ({
        layer,
        count: place > 4 - index ? 0 : 1_200 - place * 200,
        microUsd: place > 4 - index ? 0n : BigInt(8_000_000 - place * 1_700_000) * 1_000_000n,
      })),
    })),
    badDebt: {
      caption: 'Losses beyond all collateral, by cell, before any layer paid for them.',
      cells: cellNames.map((cell, index) => ({
        cell,
        medianMicroUsd: BigInt((3 - index) * 1_400_000) * 1_000_000n,
        worstMicroUsd: BigInt((3 - index) * 1_900_000) * 1_000_000n,
      })),
      history: { label: 'what happened', microUsd: 8_320_000_000_000n },
    },
    cells: {
      seeds: 20,
      figures: [
        { name: 'bad debt', isMicroUsd: true },
        { name: 'auctions', isMicroUsd: false },
      ],
      rows: cellNames.map((cell, index) => ({
        cell,
        description: 'One sentence on what is different.',
        values: [
          { median: BigInt(3 - index) * 1_400_000_000_000n, worst: BigInt(3 - index) * 1_900_000_000_000n },
          { median: 1_461n, worst: 1_520n },
        ],
      })),
      history: { label: 'what happened', values: [8_320_000_000_000n, null] },
    },
    tables: [
      {
        title: 'Keepers',
        caption: 'Who bought, and with what.',
        columns: [
          { name: 'keeper', align: 'left' },
          { name: 'capital', align: 'right' },
        ],
        rows: [['keeper 1', '$2,000,000']],
      },
    ],
    losses: ['With no keeper nobody bids, and suppliers pay for it.'],
    parameters: [
      { name: 'Auction', entries: [{ name: 'start', value: '102 %', why: 'Above mark, so that the first bid is a choice.' }] },
    ],
    neutrality: [
      { cell: cellNames[0] ?? '', asset: 'DAI', claims: 123_456_789_000_001n, holdings: 123_456_789_000_001n, ledgerDecimals: 6 },
    ],
    facts: {
      scenario: 'sample',
      seed: 1,
      blocks: 11_520,
      commandsAccepted: 123_456,
      commandsRejected: 12,
      finalHash: '00'.repeat(32),
      versions: [{ name: 'plimsoll', value: '0.1.0' }],
      audit: 'off',
      command: 'plimsoll replay black-thursday --seed 1',
    },
  };
}
