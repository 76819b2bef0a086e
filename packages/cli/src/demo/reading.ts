import { figuresOf } from '@plimsoll/core/engine';
import { fundOf } from '@plimsoll/core/ledger';
import { createPortfolio } from '@plimsoll/core/margin';
import { type AccountId, accountId, feedId, groupId } from '@plimsoll/core/numeric';
import type { RunningService } from '@plimsoll/service';

export interface DemoReading {
  readonly timeMs: number;
  readonly priceUsd: number | null;
  readonly accounts: number;
  readonly restricted: number;
  readonly liquidatable: number;
  readonly auctions: number;
  /** Dollars. */
  readonly backstop: number;
  readonly insurance: number;
  readonly commandsPerSecond: number;
  readonly syncMs: number;
}

const ETHER_FEED = feedId(1);
const GROUP = groupId(0);
const MICRO = 1e6;

/** Reads what the status line shows, on durable state. Doubles: nobody is paid by them. */
export async function readDemo(
  { sequencer }: Pick<RunningService, 'sequencer'>,
  commandsPerSecond: number,
): Promise<DemoReading> {
  const scratch = createPortfolio();
  return sequencer.read(({ state, view }, _directory, head) => {
    const price = state.feeds[ETHER_FEED]?.aggregate?.price ?? null;
    const reading = { restricted: 0, liquidatable: 0, accounts: 0 };
    const all = state.ledger.accounts.rowCount;
    for (let row = state.tranches.length; row < all; row += 1) {
      const { healthInitial, healthMaintenance } = figuresOf(view, accountId(row), scratch);
      reading.accounts += 1;
      if (healthMaintenance < 0n) reading.liquidatable += 1;
      else if (healthInitial < 0n) reading.restricted += 1;
    }
    return {
      ...reading,
      timeMs: head.timeMs,
      priceUsd: price === null ? null : Number(price) / 1e9,
      auctions: state.auctions.size,
      backstop: state.tranches.reduce((sum, tranche) => sum + equity(view, tranche.account, scratch), 0),
      insurance: Number(fundOf(state.ledger, GROUP, 'insurance')) / MICRO,
      commandsPerSecond,
      syncMs: sequencer.load().lastSyncMs,
    };
  });
}

function equity(view: Parameters<typeof figuresOf>[0], account: AccountId, scratch: ReturnType<typeof createPortfolio>): number {
  return Number(figuresOf(view, account, scratch).equity) / MICRO;
}
