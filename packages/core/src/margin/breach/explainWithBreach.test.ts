import { describe, expect, test } from 'vitest';
import plimsollGrid from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import { explain } from '../explain.ts';
import { BALANCE_DEBT } from '../portfolio.ts';
import { ETH_CALL, ETH_PERPETUAL, ETHER, NOW_MS, portfolioOf, trustedProfile, USDC, worldInput } from '../testing/marginWorld.ts';
import { explainWithBreach } from './explainWithBreach.ts';
import { distanceToBreach } from './greeksToBreach.ts';

const model = compileRisk(worldInput({ profile: trustedProfile(plimsollGrid) }));

describe('an explained account', () => {
  test('has both levels term by term, and the distance whose health is that of its maintenance', () => {
    const portfolio = portfolioOf({ cash: 2_500_000_000n, positions: [[ETH_CALL, -1000]] });
    const { maintenance, initial, breach } = explainWithBreach(model, portfolio);
    expect(maintenance).toEqual(explain(model, portfolio, 'maintenance'));
    expect(initial).toEqual(explain(model, portfolio, 'initial'));
    expect(breach).toEqual(distanceToBreach(model.input, portfolio));
    expect(breach?.healthTicks).toBe(maintenance.health);
    expect(breach?.healthTicks).toBe(computeMargin(model, portfolio).healthMaintenance);
    const [move] = breach?.moves ?? [];
    expect(move?.byDelta).toBeGreaterThan(0);
    expect(move?.byGammaUp ?? 0).toBeLessThan(move?.byDelta ?? 0);
    expect(move?.byVegaPoints).toBeGreaterThan(0);
  });

  test('says when time alone leaves it below maintenance: calls bought on thin cash melt away', () => {
    const positions = [[ETH_CALL, 3000]] as const;
    const cash = 60_000_000n - computeMargin(model, portfolioOf({ positions })).healthMaintenance;
    const { time, healthTicks } = explainWithBreach(model, portfolioOf({ cash, positions })).breach ?? {};
    expect(time?.byThetaDays).toBeCloseTo(Number(healthTicks) / -(time?.thetaTicksPerDay ?? 0), 9);
    expect(time?.exactMs).toBeGreaterThan(NOW_MS);
    expect(explainWithBreach(model, portfolioOf({ positions: [[ETH_PERPETUAL, 1]] })).breach?.time.byThetaDays).toBe(null);
  });

  test('of a static loan has no distance by Greeks: it holds no positions', () => {
    const portfolio = portfolioOf({
      mode: 'overcollateralized',
      balances: [
        [ETHER, 1_000_000_000n],
        [USDC, 100_000_000n, BALANCE_DEBT],
      ],
    });
    expect(explainWithBreach(model, portfolio).breach).toBe(null);
  });
});
