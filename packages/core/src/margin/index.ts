/** Margin: profiles, the risk model of a group, requirement and health of an account, explanations, scan kernels. */

export * from './compileRisk.ts';
export * from './computeMargin.ts';
export * from './isSafer.ts';
export * from './portfolio.ts';
export * from './profile.ts';
export * from './riskModel.ts';
export * from './decode.ts';
export * from './profileFromJson.ts';
