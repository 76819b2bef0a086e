/**
 * What the PMRM 2 reference model takes: a portfolio with its feeds, and the parameters, with the set that the published cases
 * use (cookbook B2). Ratios are doubles of one, prices USD, times seconds.
 */

export type PmrmOption = {
  readonly strike: number;
  readonly kind: 'call' | 'put';
  /** Signed contracts. */
  readonly amount: number;
  /** Mark volatility, annual. */
  readonly volatility: number;
};

export type PmrmExpiry = {
  readonly secondsToExpiry: number;
  /** Part of the forward that moves with spot; the other part is already averaged into the settlement price. */
  readonly forwardVariable: number;
  readonly forwardFixed: number;
  readonly rate: number;
  /** Least confidence of the forward, rate and volatility feeds. */
  readonly confidence: number;
  readonly options: readonly PmrmOption[];
};

export type PmrmCollateral = {
  readonly amount: number;
  readonly price: number;
  readonly confidence: number;
  /** Whether its spot move is counted against the rest of the book. */
  readonly isRiskCancelling: boolean;
  readonly maintenanceHaircut: number;
  /** On top of the maintenance haircut. */
  readonly initialHaircut: number;
};

export type PmrmPortfolio = {
  readonly cash: number;
  readonly spotPrice: number;
  readonly spotConfidence: number;
  /** USD price of the cash asset. */
  readonly stablePrice: number;
  /** Absent when there is no position: its feed is then not looked at. */
  readonly perpetual?: {
    readonly size: number;
    readonly price: number;
    readonly confidence: number;
    /** Unrealised profit and funding. */
    readonly unrealised: number;
  };
  readonly expiries: readonly PmrmExpiry[];
  readonly collaterals: readonly PmrmCollateral[];
};

export type PmrmScenario = {
  /** Spot multiplies by this. */
  readonly spotShock: number;
  readonly volatility: 'up' | 'none' | 'down' | 'linear' | 'abs';
  /** P&L multiplies by this. */
  readonly damping: number;
};

export type PmrmSkewParameters = {
  readonly linear: { readonly cap: number; readonly base: number };
  readonly abs: { readonly cap: number; readonly base: number };
  readonly minimumKStar: number;
  readonly widthScale: number;
  readonly volatilityStatic: number;
  readonly volatilityScale: number;
};

export type PmrmParameters = {
  readonly scenarios: readonly PmrmScenario[];
  readonly lossFactor: { readonly maintenance: number; readonly initial: number };
  readonly peg: { readonly threshold: number; readonly factor: number };
  readonly confidence: { readonly threshold: number; readonly factor: number };
  readonly basis: {
    readonly spotUp: number;
    readonly spotDown: number;
    readonly add: number;
    readonly multiple: number;
  };
  readonly contingency: {
    readonly maintenance: { readonly perpetual: number; readonly option: number };
    /** On top of maintenance. */
    readonly initial: { readonly perpetual: number; readonly option: number };
  };
  readonly discount: {
    readonly longBase: number;
    readonly longRateMultiple: number;
    readonly longRateAdd: number;
    readonly shortBase: number;
    readonly shortRateMultiple: number;
    readonly shortRateAdd: number;
  };
  readonly volatilityShock: {
    readonly rangeUp: number;
    readonly rangeDown: number;
    /** Volatility after an up shock is at least this. */
    readonly minimumUp: number;
    readonly shortTermPower: number;
    readonly longTermPower: number;
    readonly floorSeconds: number;
  };
  readonly skew: PmrmSkewParameters;
};

/** The 23 regular scenarios: spot ±4.5, 9 and 13.5 % and unmoved under three volatilities, ±18 % under volatility up. */
export const PMRM_REGULAR_SCENARIOS: readonly PmrmScenario[] = [
  { spotShock: 1.18, volatility: 'up', damping: 1 },
  ...[1.135, 1.09, 1.045, 1, 0.955, 0.91, 0.865].flatMap((spotShock): readonly PmrmScenario[] => [
    { spotShock, volatility: 'down', damping: 1 },
    { spotShock, volatility: 'none', damping: 1 },
    { spotShock, volatility: 'up', damping: 1 },
  ]),
  { spotShock: 0.82, volatility: 'up', damping: 1 },
];

/** The six damped tails of the fixtures. Damping is 3.6 % over the size of the move: .34 × .0545454…, .67 × .1090909…, and so on. */
export const PMRM_TAIL_SCENARIOS: readonly PmrmScenario[] = [0.34, 0.67, 1.5, 2, 3, 4].map((spotShock) => ({
  spotShock,
  volatility: 'up',
  damping: 0.036 / Math.abs(spotShock - 1),
}));

export const PMRM_SKEW_SCENARIOS: readonly PmrmScenario[] = [
  { spotShock: 1, volatility: 'linear', damping: 1 },
  { spotShock: 1, volatility: 'abs', damping: 1 },
];

/** Parameters of the published portfolio cases (not those of the main network: see cookbook B2). */
export const PMRM_FIXTURE_PARAMETERS: PmrmParameters = {
  scenarios: [...PMRM_REGULAR_SCENARIOS, ...PMRM_TAIL_SCENARIOS, ...PMRM_SKEW_SCENARIOS],
  lossFactor: { maintenance: 0.8, initial: 1 },
  peg: { threshold: 0.98, factor: 2 },
  confidence: { threshold: 0.55, factor: 1 },
  basis: { spotUp: 1.045, spotDown: 0.955, add: 0.5, multiple: 2 },
  contingency: {
    maintenance: { perpetual: 0.015, option: 0.003 },
    initial: { perpetual: 0.005, option: 0.002 },
  },
  discount: {
    longBase: 0.95,
    longRateMultiple: 1,
    longRateAdd: 0.08,
    shortBase: 1.04,
    shortRateMultiple: 0.5,
    shortRateAdd: 0.08,
  },
  volatilityShock: {
    rangeUp: 0.5,
    rangeDown: 0.275,
    minimumUp: 0.45,
    shortTermPower: 0.3,
    longTermPower: 0.13,
    floorSeconds: 86_400,
  },
  skew: {
    linear: { cap: 0.15, base: -0.05 },
    abs: { cap: 0.15, base: -0.05 },
    minimumKStar: 0.01,
    widthScale: 4,
    volatilityStatic: 0.6,
    volatilityScale: -0.1,
  },
};
