import type { Command } from '@plimsoll/core/engine';
import { lots, ppm, ticks, ticksPerLot, timeMs } from '@plimsoll/core/numeric';
import type { Entry } from '../contracts/submission.ts';
import { createNonces, ETHER_PERPETUAL, reportPrices, TRADER_ACCOUNTS, TRADERS, VENUE_OPERATOR } from './smallDeployment.ts';

/** A stream of commands on a seeded small deployment: of ten, seven report prices or bid, and three trade. */
export interface Traffic {
  /** The next entries. Reports are published one millisecond after the other up to `nowMs`: all are taken when it rises by `count` a call. */
  next(count: number, nowMs: number): readonly Entry[];
}

/** `from` is the nonce before the first of every actor, and makes command ids unique: the seed uses nonces below 100. */
export function createTraffic(from = 100): Traffic {
  const nonces = createNonces(from);
  let made = 0;
  const command = (nowMs: number): Command => {
    const place = made % 10;
    // A slow wave of ±1 % around 200 USD.
    const wave = BigInt(Math.abs((made % 4_000) - 2_000) - 1_000);
    if (place < 4)
      return reportPrices(nonces, made % 3, timeMs(nowMs), { dollar: null, ether: 200_000_000_000n + wave * 2_000_000n });
    if (place < 7) {
      const bidder = made % TRADERS.length;
      return {
        kind: 'bid',
        ...nonces.sign(TRADERS[bidder] ?? TRADERS[0]),
        account: TRADER_ACCOUNTS[bidder] ?? TRADER_ACCOUNTS[0],
        liquidated: TRADER_ACCOUNTS[(bidder + 1) % TRADERS.length] ?? TRADER_ACCOUNTS[1],
        sizePpm: ppm(100_000),
        limit: ticks(1_000_000_000n),
      };
    }
    const buyer = made % 3;
    const isBack = Math.floor(made / 10) % 2 === 0;
    const pair = [TRADER_ACCOUNTS[buyer] ?? TRADER_ACCOUNTS[0], TRADER_ACCOUNTS[3]] as const;
    return {
      kind: 'trade',
      ...nonces.sign(VENUE_OPERATOR),
      instrument: ETHER_PERPETUAL,
      buyer: isBack ? pair[1] : pair[0],
      seller: isBack ? pair[0] : pair[1],
      lots: lots(1 + (made % 5)),
      price: ticksPerLot(2_000_000),
      cosigner: null,
    };
  };
  return {
    next(count, nowMs) {
      return Array.from({ length: count }, (_, at): Entry => {
        const next = command(nowMs - count + 1 + at);
        made += 1;
        return { kind: 'command', commandId: `t${next.nonce}`, command: next };
      });
    },
  };
}
