/**
 * Parameters of the test set-ups that the sources publish their vectors with. The shipped profiles carry parameters of main networks;
 * these are the same models with the numbers of the vectors.
 */

import srmJson from '../../../../../profiles/derive-srm.json' with { type: 'json' };
import makerJson from '../../../../../profiles/overcollateralized-maker.json' with { type: 'json' };
import type { MarginProfile } from '../profile.ts';
import { trustedProfile } from './marginWorld.ts';

/**
 * Derive's standard margin for every underlying, parameters of derivexyz/v2-core
 * test/risk-managers/unit-tests/StandardManager/TestStandardManager_Portfolio_Cases.t.sol.
 */
export const SRM_FIXTURE: MarginProfile = trustedProfile({
  ...srmJson,
  name: 'derive-srm-fixture',
  rules: {
    ...srmJson.rules,
    peg: { thresholdPpm: 980_000, factorPpm: 1_200_000 },
    markets: [
      {
        name: 'every market',
        underlyings: null,
        options: {
          initialMaximumPpm: 150_000,
          initialMinimumPpm: 100_000,
          maintenanceCallPpm: 75_000,
          maintenancePutPpm: 75_000,
          maintenancePutValuePpm: 75_000,
          initialPutOffsetPpm: 1_050_000,
          unpairedMaintenancePpm: 1_100_000,
          unpairedInitialPpm: 1_200_000,
        },
        linear: {
          price: 'mark',
          initialPpm: 65_000,
          maintenance: { kind: 'share', sharePpm: 50_000 },
          openInterest: null,
          size: null,
        },
        collateral: {
          creditMaintenancePpm: 800_000,
          creditInitialPpm: 800_000,
          debtMaintenancePpm: 1_000_000,
          debtInitialPpm: 1_000_000,
        },
        confidence: {
          optionThresholdPpm: 400_000,
          linearThresholdPpm: 400_000,
          collateralThresholdPpm: 400_000,
          factorPpm: 400_000,
        },
      },
    ],
  },
});

/** Maker's auction, parameters of makerdao/dss src/test/clip.t.sol. */
export const MAKER_FIXTURE: MarginProfile = trustedProfile({
  ...makerJson,
  name: 'overcollateralized-maker-fixture',
  rules: {
    ...makerJson.rules,
    lending: {
      ...makerJson.rules.lending,
      assets: [{ assets: null, loanToValuePpm: 500_000, liquidationThresholdPpm: 500_000, bonusPpm: 0, protocolSharePpm: 0 }],
    },
    auction: {
      openingPpm: 1_250_000,
      curve: { kind: 'stairstep', cutPerTrillion: 990_000_000_000, stepSeconds: 1 },
      tailSeconds: 3600,
      cuspPpm: 300_000,
      penaltyPpm: 1_100_000,
      roomUsd: 1000,
      dustUsd: 20,
      tipUsd: 100,
      chipPpm: 20_000,
    },
  },
});
