import { describe, expect, it } from 'vitest';
import { absolute, parseFixed, ray, wad } from './fixedPoint.ts';
import type { MakerSale } from './makerClip.ts';
import {
  makerAllowedActions,
  makerAuctionPrice,
  makerBark,
  makerIncentive,
  makerNeedsRedo,
  makerOpeningPrice,
  makerTake,
} from './makerClip.ts';

function rad(text: string): bigint {
  return parseFixed(text, 45);
}

/** clip.t.sol set-up: 40 collateral, 100 debt, penalty 10 %, dust 20, room 1000. */
const vault = {
  ink: wad('40'),
  art: wad('100'),
  rate: ray('1'),
  chop: wad('1.1'),
  room: rad('1000'),
  dust: rad('20'),
};
const opened: MakerSale = { tab: rad('110'), lot: wad('40'), top: ray('5') };
const CHOST = rad('22');
const STAIRS = { kind: 'stairstep', cut: ray('0.99'), stepSeconds: 1n } as const;

describe('Maker liquidation: opening an auction', () => {
  it('V63 clip.t.sol:312-330: a bark raises 110 from a lot of 40 opening at 5', () => {
    expect(makerBark(vault)).toEqual({ debtTaken: wad('100'), collateralTaken: wad('40'), tab: rad('110') });
    expect(makerOpeningPrice(wad('4'), ray('1.25'))).toBe(ray('5'));
  });

  it('takes a part when the caps leave room for a part, and all of it rather than leave dust', () => {
    const noPenalty = { ...vault, chop: wad('1') };
    expect(makerBark({ ...noPenalty, room: rad('80') })).toEqual({
      debtTaken: wad('80'),
      collateralTaken: wad('32'),
      tab: rad('80'),
    });
    expect(makerBark({ ...noPenalty, room: rad('80') + ray('1') }).debtTaken).toBe(wad('100'));
    expect(makerBark({ ...vault, room: rad('75') }).tab).toBe(rad('75') - ray('0.2'));
  });

  it('refuses a bark without room or with a dusty part', () => {
    expect(() => makerBark({ ...vault, room: rad('19') })).toThrow('No room');
    expect(() => makerBark({ ...vault, room: rad('21') })).toThrow('would be dust');
  });

  it('pays tip and chip, except for dust', () => {
    const inputs = { sale: opened, oraclePrice: ray('4'), tip: rad('100'), chip: wad('0.02'), chost: CHOST };
    expect(makerIncentive(inputs)).toBe(rad('102.2'));
    expect(makerIncentive({ ...inputs, chost: rad('110.1') })).toBe(0n);
    expect(makerIncentive({ ...inputs, oraclePrice: ray('0.5') })).toBe(0n);
  });
});

describe('Maker liquidation: buying', () => {
  const price = ray('5');

  it('V64 clip.t.sol:928-949: a take of 11 at 5 leaves 55 to raise from a lot of 29', () => {
    const taken = makerTake({ sale: opened, price, amount: wad('11'), chost: CHOST });
    expect(taken.paid).toBe(rad('55'));
    expect(taken.sale).toEqual({ tab: rad('55'), lot: wad('29'), top: ray('5') });
    expect(taken.returned).toBe(0n);
  });

  it.each(['22', '25'])('V65 clip.t.sol:900-921,871: a take of %s at 5 raises the tab and returns 18', (amount) => {
    const taken = makerTake({ sale: opened, price, amount: wad(amount), chost: CHOST });
    expect(taken).toEqual({
      paid: rad('110'),
      bought: wad('22'),
      sale: { tab: 0n, lot: 0n, top: ray('5') },
      returned: wad('18'),
    });
  });

  it('V67 clip.t.sol:1022-1046: after 60 steps the whole lot may be bought at the stepped price', () => {
    const stepped = makerAuctionPrice(STAIRS, opened.top, 60n);
    expect(stepped).toBe(ray('2.735783211953807380973706855'));
    const taken = makerTake({ sale: opened, price: stepped, amount: wad('40'), chost: CHOST });
    expect(taken.bought).toBe(wad('40'));
    expect(taken.paid).toBe(wad('40') * stepped);
    expect(taken.sale.lot).toBe(0n);
    expect(taken.sale.tab).toBe(rad('110') - wad('40') * stepped);
  });

  it('buys less rather than leave a rest below the dust line, and refuses when it cannot', () => {
    const taken = makerTake({ sale: opened, price, amount: wad('20'), chost: CHOST });
    expect(taken.sale.tab).toBe(CHOST);
    expect(taken.bought).toBe(wad('17.6'));
    const nearlyDone = { tab: rad('22'), lot: wad('10'), top: ray('5') };
    expect(() => makerTake({ sale: nearlyDone, price, amount: wad('1'), chost: CHOST })).toThrow('leave dust');
  });
});

describe('Maker liquidation: price curves and restarts', () => {
  it('V73 abaci.t.sol:164-220: the linear price loses a tenth of the opening price every 360 seconds of 3600', () => {
    const linear = { kind: 'linear', durationSeconds: 3_600n } as const;
    for (let tenths = 0n; tenths <= 10n; tenths += 1n) {
      expect(makerAuctionPrice(linear, ray('1000'), 360n * tenths)).toBe((1000n - 100n * tenths) * ray('1'));
    }
    expect(makerAuctionPrice(linear, ray('1000'), 9_999n)).toBe(0n);
  });

  it('V73 abaci.t.sol:164-220: the exponential price halves every 900 seconds', () => {
    const exponential = { kind: 'exponential', cut: ray('0.999230132966') } as const;
    const halved = makerAuctionPrice(exponential, ray('1000'), 900n);
    const quartered = makerAuctionPrice(exponential, ray('1000'), 1_800n);
    // The published cut has twelve digits, which fixes the price after 900 compoundings to about 5e-10 relative.
    expect(absolute(halved - ray('500')) <= ray('0.000000250')).toBe(true);
    expect(absolute(quartered - ray('250')) <= ray('0.000000250')).toBe(true);
  });

  it('restarts an auction that is too old or has fallen below the cusp', () => {
    const inputs = { top: ray('5'), price: ray('1.5'), elapsedSeconds: 3_600n, tailSeconds: 3_600n, cusp: ray('0.3') };
    expect(makerNeedsRedo(inputs)).toBe(false);
    expect(makerNeedsRedo({ ...inputs, elapsedSeconds: 3_601n })).toBe(true);
    expect(makerNeedsRedo({ ...inputs, price: ray('1.49') })).toBe(true);
  });

  it('stops openings first, then restarts, then purchases', () => {
    expect(makerAllowedActions(0)).toEqual({ kick: true, redo: true, take: true });
    expect(makerAllowedActions(1)).toEqual({ kick: false, redo: true, take: true });
    expect(makerAllowedActions(2)).toEqual({ kick: false, redo: false, take: true });
    expect(makerAllowedActions(3)).toEqual({ kick: false, redo: false, take: false });
  });
});
