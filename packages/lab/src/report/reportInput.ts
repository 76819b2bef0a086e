/**
 * Everything that a replay's report shows. Amounts of money are `bigint` in 1e-6 USD ("microUsd"), drawn and printed with
 * units by the report; what is only drawn (prices, ratios) is a double in the unit that its field names. Times are unix
 * milliseconds UTC, rising. Any list may be empty: its section then says that there is nothing to show.
 */

export interface ReportInput {
  readonly title: string;
  /** One line under the title: what was replayed, with which book. */
  readonly subtitle: string;
  readonly verdict: Verdict;
  /** The handful of figures shown large under the verdict, best four to six. */
  readonly headlines: readonly Headline[];
  /** Where every series and every number of the book comes from, in the words that must stand beside it. */
  readonly origins: readonly DataOrigin[];
  /** Lines that the data's terms require, printed as they are. */
  readonly attributions: readonly string[];
  /** True when data behind the report forbids commercial use; the report then says so at the top and at the end. */
  readonly nonCommercial: boolean;
  readonly prices: readonly PriceChart[];
  /** One entry per cell whose book is shown; the first one is the main cell. */
  readonly health: readonly HealthChart[];
  /** One entry per cell that had auctions. */
  readonly auctions: readonly AuctionChart[];
  /** One entry per cell. */
  readonly waterfall: readonly WaterfallOfCell[];
  readonly badDebt: BadDebtChart;
  readonly cells: CellTable;
  /** Tables of the scenario's own: sensitivity, minutes without quorum, collapses, liquidators… Shown in this order. */
  readonly tables: readonly ReportTable[];
  /** Where we lose: plain sentences, the worst first. */
  readonly losses: readonly string[];
  readonly parameters: readonly ParameterGroup[];
  readonly neutrality: readonly NeutralityRow[];
  readonly facts: RunFacts;
}

export interface Verdict {
  /** held: all that must hold held; mixed: it held with losses worth reading about; failed: something that must hold did not. */
  readonly tone: 'held' | 'mixed' | 'failed';
  /** One paragraph a risk manager understands without the rest. */
  readonly text: string;
}

export interface Headline {
  readonly label: string;
  /** Formatted, with its unit. */
  readonly value: string;
  readonly note: string;
}

export interface DataOrigin {
  readonly name: string;
  /** Source, licence and how it was made. */
  readonly label: string;
  readonly singleSource: boolean;
  readonly reconstructed: boolean;
  readonly synthetic: boolean;
}

export interface PriceChart {
  /** 'ETH/USD' */
  readonly title: string;
  /** Unit of all values: 'USD' … */
  readonly unit: string;
  /** What a reader should see in it, one or two sentences. */
  readonly caption: string;
  readonly series: readonly PriceLine[];
  /** Marked moments, drawn as vertical lines. */
  readonly marks: readonly { readonly timeMs: number; readonly label: string }[];
}

export interface PriceLine {
  /** Short, for the legend: 'market', 'timely oracle', 'delayed oracle'. */
  readonly name: string;
  /** The label of its origin, shown in the table beside the chart. */
  readonly label: string;
  readonly timesMs: readonly number[];
  /** NaN where there was no price: a gap is drawn. */
  readonly values: readonly number[];
  /** A price that holds until the next one (an oracle) is drawn in steps. */
  readonly isStep: boolean;
  /** The line that matters most is drawn in ink, thicker, above the others. */
  readonly isMain?: boolean;
}

/** Health classes as the design names them; counts of accounts at each time. */
export interface HealthChart {
  readonly cell: string;
  readonly timesMs: readonly number[];
  readonly healthy: readonly number[];
  readonly restricted: readonly number[];
  readonly liquidatable: readonly number[];
  readonly insolvent: readonly number[];
  /** Closed out: nothing left in the account. */
  readonly closed: readonly number[];
}

/** Every slice sold in a cell: what was paid against what the market said at that moment. */
export interface AuctionChart {
  readonly cell: string;
  /** What was sold and what `paid` and `market` measure, one or two sentences. */
  readonly caption: string;
  /** Unit of `paid` and `market`: 'USD per ETH', or '% of mark' where whole portfolios are sold. */
  readonly unit: string;
  /** The market over the whole time, drawn as a line; null draws it through the sales alone. */
  readonly marketLine: PriceLine | null;
  readonly sales: readonly AuctionSale[];
}

export interface AuctionSale {
  readonly timeMs: number;
  readonly layer: 'protection' | 'auction' | 'backstop' | 'pool';
  /** Paid, per unit or as share of mark: same unit as `market`. */
  readonly paid: number;
  readonly market: number;
  /** Size of the sale at market. */
  readonly microUsd: bigint;
}

export interface WaterfallOfCell {
  readonly cell: string;
  /** In the order of the waterfall. */
  readonly layers: readonly WaterfallLayerPaid[];
}

export interface WaterfallLayerPaid {
  /** 'protection' | 'auction' | 'backstop' | 'insurance' | 'adl' | 'socialised' | 'recovery' */
  readonly layer: string;
  /** How often it paid. */
  readonly count: number;
  /** What it took over: value sold for the first three and ADL, losses paid for the rest. */
  readonly microUsd: bigint;
}

export interface BadDebtChart {
  readonly caption: string;
  readonly cells: readonly BadDebtBar[];
  /** What happened in reality, drawn beside the cells; null where there is no counterpart. */
  readonly history: { readonly label: string; readonly microUsd: bigint } | null;
}

export interface BadDebtBar {
  readonly cell: string;
  readonly medianMicroUsd: bigint;
  readonly worstMicroUsd: bigint;
}

export interface CellTable {
  /** How many seeds stand behind median and worst. */
  readonly seeds: number;
  /** Figures of a cell, in the order of `rows[].values`; `isMicroUsd` ones are printed as dollars, others as counts. */
  readonly figures: readonly { readonly name: string; readonly isMicroUsd: boolean }[];
  readonly rows: readonly CellRow[];
  /** A last row with what happened in reality; null where there is no counterpart. Null values are shown as a dash. */
  readonly history: { readonly label: string; readonly values: readonly (bigint | null)[] } | null;
}

export interface CellRow {
  readonly cell: string;
  /** One sentence on what is different in this cell. */
  readonly description: string;
  readonly values: readonly { readonly median: bigint; readonly worst: bigint }[];
}

export interface ReportTable {
  readonly title: string;
  readonly caption: string;
  readonly columns: readonly { readonly name: string; readonly align: 'left' | 'right' }[];
  /** Formatted cells, as many as columns. */
  readonly rows: readonly (readonly string[])[];
}

export interface ParameterGroup {
  readonly name: string;
  readonly entries: readonly { readonly name: string; readonly value: string; readonly why: string }[];
}

/** Claims and holdings of one asset at the end of one cell; they must be equal to the unit. */
export interface NeutralityRow {
  readonly cell: string;
  readonly asset: string;
  /** Ledger units of the asset. */
  readonly claims: bigint;
  readonly holdings: bigint;
  readonly ledgerDecimals: number;
}

export interface RunFacts {
  readonly scenario: string;
  readonly seed: number;
  readonly blocks: number;
  readonly commandsAccepted: number;
  readonly commandsRejected: number;
  /** Block hash at the end of the main cell, hex. */
  readonly finalHash: string;
  /** Software and format versions, name and value. */
  readonly versions: readonly { readonly name: string; readonly value: string }[];
  /** What the auditor did: 'all accounts after every block: agreed'. */
  readonly audit: string;
  /** The command that makes this report again. */
  readonly command: string;
}
