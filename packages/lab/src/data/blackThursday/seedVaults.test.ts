import { describe, expect, it } from 'vitest';
import type { AuctionRecord, BlackThursdayScenario } from '../types.ts';
import { readBlackThursday } from './readScenario.ts';
import { AUCTION_LENGTH_MAX_MS, debtAtThreshold, seedBlackThursdayVaults } from './seedVaults.ts';

const scenario = await readBlackThursday();
const vaults = seedBlackThursdayVaults(scenario, 1);

describe('seeded vaults', () => {
  it('stand one for each auction, with its lot', () => {
    expect(vaults.map((vault) => vault.auctionId)).toEqual(scenario.auctions.map((auction) => auction.auctionId));
    expect(vaults.map((vault) => vault.lotNanoEth)).toEqual(scenario.auctions.map((auction) => auction.lotNanoEth));
  });

  it('are unsafe at their trigger and safe at every update from the stated one up to it', () => {
    const wrong: string[] = [];
    for (const vault of vaults) {
      for (let i = vault.safeSinceUpdateIndex; i <= vault.triggerUpdateIndex; i += 1) {
        const price = scenario.oracleUpdates[i]?.priceNano ?? 0n;
        // Exact: debt · 1.5 against lot · price, both in 1e-18 dollars.
        const unsafe = vault.debtMicroDai * 1_000_000_000_000n * 3n > vault.lotNanoEth * price * 2n;
        if (unsafe !== (i === vault.triggerUpdateIndex)) wrong.push(`vault ${vault.auctionId} at update ${i}`);
      }
      if (vault.safeSinceUpdateIndex >= vault.triggerUpdateIndex) wrong.push(`vault ${vault.auctionId} was never safe`);
    }
    expect(wrong).toEqual([]);
  });

  it('start at a fall no later than any last bid of theirs or of a later auction, within an auction length where one is', () => {
    let earliestLaterBid = Number.MAX_SAFE_INTEGER;
    for (let i = vaults.length - 1; i >= 0; i -= 1) {
      const vault = vaults[i];
      const auction = scenario.auctions[i];
      if (vault === undefined || auction === undefined) throw new Error('one vault per auction');
      earliestLaterBid = Math.min(earliestLaterBid, auction.lastBidBlock);
      const trigger = scenario.oracleUpdates[vault.triggerUpdateIndex];
      const before = scenario.oracleUpdates[vault.triggerUpdateIndex - 1];
      expect(trigger?.block).toBeLessThanOrEqual(earliestLaterBid);
      expect(trigger?.priceNano).toBeLessThan(before?.priceNano ?? 0n);
      expect(auction.lastBidTimeMs - (trigger?.timeMs ?? 0)).toBeLessThanOrEqual(AUCTION_LENGTH_MAX_MS);
    }
  });

  it('need the late rule for 75 auctions only; all others are safe from the opening of the window', () => {
    const late = vaults.filter((vault) => vault.rule === 'late-fall');
    expect(late.length).toBe(75);
    const opening = scenario.oracleUpdates.filter((update) => update.timeMs <= scenario.windowStartMs).length - 1;
    const fresh = vaults.filter((vault) => vault.rule === 'fresh-low');
    expect(fresh.every((vault) => vault.safeSinceUpdateIndex === opening)).toBe(true);
  });

  it('are the same for the same seed, others for another, and do not depend on their neighbours', () => {
    expect(seedBlackThursdayVaults(scenario, 1)).toEqual(vaults);
    const other = seedBlackThursdayVaults(scenario, 2);
    expect(other.filter((vault, i) => vault.debtMicroDai !== vaults[i]?.debtMicroDai).length).toBeGreaterThan(4000);
    const tail = { ...scenario, auctions: scenario.auctions.slice(4000) };
    expect(seedBlackThursdayVaults(tail, 1)).toEqual(vaults.slice(4000));
  });

  it('owe 13.5 million DAI on 155,000 ETH', () => {
    expect(vaults.reduce((sum, vault) => sum + vault.lotNanoEth, 0n)).toBe(154_998_651_809_879n);
    expect(vaults.reduce((sum, vault) => sum + vault.debtMicroDai, 0n)).toBe(13_484_226_748_382n);
  });
});

describe('the rules of seeding on a made-up day', () => {
  const hour = 3_600_000;
  const prices = [150n, 120n, 140n, 130n, 145n];
  const [template] = scenario.auctions;
  if (template === undefined) throw new Error('the shipped scenario is not empty');
  const day: BlackThursdayScenario = {
    ...scenario,
    windowStartMs: 0,
    windowEndMs: 48 * hour,
    oracleUpdates: prices.map((price, i) => ({ block: 100 * (i + 1), timeMs: i * hour, priceNano: price * 1_000_000_000n })),
  };
  const auction = (auctionId: number, lastBidBlock: number, hours: number): AuctionRecord => ({
    ...template,
    auctionId,
    lotNanoEth: 3_000_000_000n,
    lastBidBlock,
    lastBidTimeMs: hours * hour,
  });
  const one = (...auctions: AuctionRecord[]) => seedBlackThursdayVaults({ ...day, auctions }, 7)[0];

  it('take the fresh low rather than a later fall that is none', () => {
    const vault = one(auction(1, 450, 3.5));
    expect(vault).toMatchObject({ triggerUpdateIndex: 1, safeSinceUpdateIndex: 0, rule: 'fresh-low' });
    // 3 ETH at 120 and 150 dollars, over 1.5: between 240 and 300 DAI.
    expect(vault?.debtMicroDai).toBeGreaterThan(240_000_000n);
    expect(vault?.debtMicroDai).toBeLessThanOrEqual(300_000_000n);
  });

  it('take the later fall when the fresh low lies more than an auction length back', () => {
    const vault = one(auction(1, 450, 8));
    expect(vault).toMatchObject({ triggerUpdateIndex: 3, safeSinceUpdateIndex: 2, rule: 'late-fall' });
    expect(vault?.debtMicroDai).toBeGreaterThan(260_000_000n);
    expect(vault?.debtMicroDai).toBeLessThanOrEqual(280_000_000n);
  });

  it('let a later auction that ended early bound the start of the one before it', () => {
    expect(one(auction(1, 450, 3.5), auction(2, 250, 1.5))).toMatchObject({ triggerUpdateIndex: 1 });
    expect(() => one(auction(1, 450, 3.5), auction(2, 150, 0.5))).toThrow(/auctionId 1": expected a fall of the oracle/);
  });

  it('refuse a lot too small for any debt between the two prices', () => {
    const dust = { ...auction(1, 450, 3.5), lotNanoEth: 1n };
    expect(() => one(dust)).toThrow(/a lot large enough/);
  });

  it('put the threshold where the debt is exactly two thirds of the lot', () => {
    expect(debtAtThreshold(3_000_000_000n, 150_000_000_000n)).toBe(300_000_000n);
  });
});
