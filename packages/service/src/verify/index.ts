export * from './checkSignature.ts';
export * from './ed25519.ts';
export * from './inThreadVerifier.ts';
export * from './secp256k1.ts';
export * from './signatureJob.ts';
export * from './verifyPool.ts';
