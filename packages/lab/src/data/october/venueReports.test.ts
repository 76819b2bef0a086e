import { describe, expect, it } from 'vitest';
import { generateOctoberShaped, OCTOBER_SHAPED_CRASH_MS, OCTOBER_SHAPED_START_MS } from './generateOctoberShaped.ts';
import { depthPpmAt, venueReports } from './venueReports.ts';

const scenario = generateOctoberShaped(1);

describe('venue reports', () => {
  const reports = venueReports(scenario);

  it('hold every published price once, in order of time, asset and venue', () => {
    const prices = scenario.assets.flatMap(({ venues }) => venues.map(({ pricesNano }) => pricesNano.length));
    expect(reports.length).toBe(prices.reduce((a, b) => a + b, 0));
    const key = (i: number): number => {
      const report = reports[i];
      return report === undefined ? 0 : report.timeMs * 1000 + report.assetIndex * 10 + report.venueIndex;
    };
    expect(reports.every((_, i) => i === 0 || key(i) > key(i - 1))).toBe(true);
  });

  it('carry the price of the venue they name', () => {
    const wrong = reports.filter(({ timeMs, assetIndex, venueIndex, priceNano }) => {
      const venue = scenario.assets[assetIndex]?.venues[venueIndex];
      return venue?.pricesNano[venue.publishTimesMs.indexOf(timeMs)] !== priceNano;
    });
    expect(wrong).toEqual([]);
  });
});

describe('depth', () => {
  it('falls by 74 % at the crash and comes back in steps', () => {
    const minutes = [-75, -1, 0, 24, 25, 59, 60, 75];
    const depths = minutes.map((minute) => depthPpmAt(scenario, OCTOBER_SHAPED_CRASH_MS + minute * 60_000));
    expect(depths).toEqual([1_000_000, 1_000_000, 260_000, 260_000, 500_000, 500_000, 800_000, 800_000]);
    expect(depthPpmAt(scenario, OCTOBER_SHAPED_START_MS - 1)).toBe(1_000_000);
  });
});
