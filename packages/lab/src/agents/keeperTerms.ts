/** What makes one liquidator differ from another. */
export interface KeeperTerms {
  readonly name: string;
  /** Dollars it starts with, 1e-6, all of it cash deposited in the protocol before the crash. Nobody lends it more. */
  readonly capitalMicroUsd: bigint;
  /** It sees no market price newer than this, and sells what it won this much after it holds it. */
  readonly latencyMs: number;
  /** Profit it wants on the value of what it takes, beyond all its costs. */
  readonly marginPpm: number;
  /** Gas of one bid, and of settling one win (repay, withdraw, sell, deposit). */
  readonly bidGas: bigint;
  readonly settleGas: bigint;
  /** Most bids it gets into one block. */
  readonly bidsPerBlock: number;
  /** From selling ether outside until the dollars are back in the protocol. */
  readonly settlementMs: number;
}

/** What became of a keeper. Amounts in 1e-6 USD; ether at the market price at the end. */
export interface KeeperResult {
  readonly name: string;
  readonly capitalMicroUsd: bigint;
  readonly latencyMs: number;
  readonly marginPpm: number;
  readonly bids: number;
  readonly wins: number;
  readonly gasMicroUsd: bigint;
  readonly boughtNanoEth: bigint;
  readonly soldNanoEth: bigint;
  readonly endMicroUsd: bigint;
  /** End less capital, gas included. */
  readonly profitMicroUsd: bigint;
  /** Age of the freshest price it ever saw; Infinity when it saw none. */
  readonly freshestPriceAgeMs: number;
}
