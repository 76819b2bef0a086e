/** Documents, health and metrics: not operations of the table. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Head } from '../contracts/head.ts';
import { headJson } from '../views/texts.ts';
import { asyncApiDocument } from './asyncApi.ts';
import { documentationPage, originOf } from './documentationPage.ts';
import type { HandlerContext } from './handlerTypes.ts';
import { sharedScrape } from './metrics.ts';
import { openApiDocument } from './openApi.ts';
import { Problem } from './problems.ts';
import { STREAM_PATH } from './stream/messages.ts';

/** What requests beside the operations are counted as; `health` is not counted at all. */
export type DocumentKind = 'page' | 'scrape' | 'health' | 'stream';

export const DOCUMENT_PATHS: Readonly<Record<string, DocumentKind>> = {
  '/': 'page',
  '/docs': 'page',
  '/openapi.json': 'page',
  '/asyncapi.json': 'page',
  '/metrics': 'scrape',
  '/livez': 'health',
  '/readyz': 'health',
  [STREAM_PATH]: 'stream',
};

/** `named` puts the block into the headers of a reply. */
export function addDocuments(
  app: FastifyInstance,
  context: HandlerContext,
  named: (reply: FastifyReply, head: Head) => FastifyReply,
): void {
  const scrape = sharedScrape(context.metrics.scrapeWithHead);
  const openApi = JSON.stringify(openApiDocument(context.deployment));
  const asyncApi = JSON.stringify(asyncApiDocument(context.deployment));
  const page = documentationPage(context.deployment);
  type Answer = (reply: FastifyReply, request: FastifyRequest) => Promise<FastifyReply> | FastifyReply;
  const get = (url: keyof typeof DOCUMENT_PATHS, answer: Answer): void => {
    app.get(url, { exposeHeadRoute: false }, async (request, reply) => answer(named(reply, context.sequencer.head()), request));
  };
  const text = (url: string, type: string, body: string): void => get(url, (reply) => reply.type(type).send(body));
  text('/openapi.json', 'application/json', openApi);
  text('/asyncapi.json', 'application/json', asyncApi);
  get('/docs', (reply, { protocol, host, raw: { socket } }) => {
    const { localAddress, localPort } = socket;
    return reply.type('text/html; charset=utf-8').send(page(originOf({ protocol, host, localAddress, localPort })));
  });
  text('/livez', 'application/json', '{"status":"live"}');
  get('/', (reply) => reply.redirect('/docs'));
  get('/metrics', async (reply) => {
    const { head, text: metrics } = await scrape().catch(() => {
      throw new Problem('notReady', { detail: 'The engine cannot be read.', retryAfterMs: 5_000 });
    });
    return named(reply, head).type(context.metrics.contentType).send(metrics);
  });
  get('/readyz', async (reply) => {
    const load = context.sequencer.load();
    if (load.isStopping) throw new Problem('notReady', { detail: 'The service is stopping.', retryAfterMs: 1_000 });
    if (load.waitingEntries >= load.waitingMax)
      throw new Problem('notReady', { detail: 'The queue of the sequencer is full.', retryAfterMs: 100 });
    if (load.isDiskFull)
      throw new Problem('notReady', {
        detail: 'The disk is full: no command is taken until there is room.',
        retryAfterMs: 1_000,
      });
    const { head } = await context.read(() => null);
    return named(reply, head)
      .type('application/json')
      .send(JSON.stringify({ status: 'ready', head: headJson(head) }));
  });
  get(STREAM_PATH, (reply) => {
    void reply.header('upgrade', 'websocket');
    throw new Problem('upgradeRequired', { detail: 'The stream is a WebSocket.' });
  });
}
