/** The typed client: HTTP, WebSocket, and the binary session for speed. */

export type { OperationAnswer, OperationInput } from '../api/operationTypes.ts';
export type { EventJson } from '../api/schemas/events.ts';
export * from '../binary/client.ts';
export * from './apiClient.ts';
export * from './localWallet.ts';
export * from './signing.ts';
export * from './streamClient.ts';
