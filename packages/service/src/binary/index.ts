export * from './authorizeFrames.ts';
export * from './binaryConnection.ts';
export * from './binaryServer.ts';
export * from './client.ts';
export type { FramedCommand } from './commandLayouts.ts';
export { FRAME_FAULTS, FrameFault, type FrameFaultCode } from './frameFault.ts';
export { BINARY_VERSION, COMMANDS_PER_FRAME_MAX, type Hello, type SessionDomain } from './frames.ts';
export type { BinaryOutcome } from './outcomes.ts';
