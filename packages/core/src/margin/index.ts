/** Margin: profiles, the risk model of a group, requirement and health of an account, explanations, scan kernels. */

export * from './collateral.ts';
export * from './compileRisk.ts';
export * from './computeMargin.ts';
export * from './decode.ts';
export * from './explain.ts';
export * from './isSafer.ts';
export * from './kernel.ts';
export * from './lintProfile.ts';
export * from './liquidationPrice.ts';
export * from './maintenanceFilter.ts';
export * from './portfolio.ts';
export * from './profile.ts';
export * from './profileFromJson.ts';
export * from './riskModel.ts';
export * from './sizeCharge.ts';
