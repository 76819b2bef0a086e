/** The HTTP and WebSocket interface of the service. */

export { asyncApiDocument } from './asyncApi.ts';
export * from './limits.ts';
export { openApiDocument } from './openApi.ts';
export { type Api, type ApiOptions, createApi } from './server.ts';
