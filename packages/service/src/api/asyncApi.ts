/** The AsyncAPI 3 document of the stream, made of the schemas that check its messages. */

import type { Deployment } from '../contracts/deployment.ts';
import { createComponents } from './components.ts';
import { API_VERSION } from './openApi.ts';
import { CLOSE_REASONS, ClientMessageSchema, ServerMessageSchema, STREAM_CHANNELS } from './stream/messages.ts';

export function asyncApiDocument(deployment: Pick<Deployment, 'name' | 'chainId'>): Readonly<Record<string, unknown>> {
  const components = createComponents();
  const messages = {
    clientMessage: { payload: components.refer(ClientMessageSchema) },
    serverMessage: { payload: components.refer(ServerMessageSchema) },
  };
  const channels = Object.entries(STREAM_CHANNELS).map(([name, { description, key }]) => `${name} (key: ${key}): ${description}`);
  const closes = Object.entries(CLOSE_REASONS).map(([reason, code]) => `${code} ${reason}`);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Plimsoll stream',
      version: API_VERSION,
      description: `Deployment "${deployment.name}", chain ${deployment.chainId}. Subscribe, take the snapshot, apply deltas; a gap in the sequence means: subscribe again. A problem names the channel and key that were asked for; an unsubscription is always answered. Channels: ${channels.join(' ')} The server closes with ${closes.join(', ')}.`,
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: {
      stream: {
        address: '/v1/stream',
        messages: {
          clientMessage: { $ref: '#/components/messages/clientMessage' },
          serverMessage: { $ref: '#/components/messages/serverMessage' },
        },
        bindings: { ws: { method: 'GET' } },
      },
    },
    operations: {
      takeClientMessage: {
        action: 'receive',
        channel: { $ref: '#/channels/stream' },
        messages: [{ $ref: '#/channels/stream/messages/clientMessage' }],
      },
      sendServerMessage: {
        action: 'send',
        channel: { $ref: '#/channels/stream' },
        messages: [{ $ref: '#/channels/stream/messages/serverMessage' }],
      },
    },
    components: {
      messages,
      schemas: components.schemas,
    },
  };
}
