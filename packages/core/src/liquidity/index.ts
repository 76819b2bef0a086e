export * from './backstopVault.ts';
export * from './constantProduct.ts';
export * from './depthCurve.ts';
export * from './squareRootImpact.ts';
export * from './toxicity.ts';
