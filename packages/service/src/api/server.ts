/** The HTTP server: one route per operation of the table, problems for everything that fails, documents made of the same table. */

import { createPortfolio } from '@plimsoll/core/margin';
import { timeMs } from '@plimsoll/core/numeric';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Clock } from '../contracts/clock.ts';
import type { Deployment } from '../contracts/deployment.ts';
import type { Head } from '../contracts/head.ts';
import type { PortfolioMargin } from '../contracts/portfolioMargin.ts';
import type { Sequencer } from '../contracts/sequencer.ts';
import { SESSION_HEADER } from '../identity/requestSignature.ts';
import type { SourceHealth } from '../sources/sourceHealth.ts';
import type { SignatureVerifier } from '../verify/signatureJob.ts';
import { headJson } from '../views/texts.ts';
import { answerProblems, problemOfStatus, problemSender } from './answerProblems.ts';
import { authenticate, passSession } from './authentication.ts';
import { createClientLimiter } from './clientLimits.ts';
import { addDocuments, DOCUMENT_PATHS } from './documents.ts';
import { handlerOf } from './handlers/handlers.ts';
import type { HandlerContext, PushPrices } from './handlerTypes.ts';
import { type ApiLimits, DEFAULT_LIMITS } from './limits.ts';
import { type ApiMetrics, createMetrics } from './metrics.ts';
import { OPERATION_IDS, type OperationId, operationOf } from './operations.ts';
import { Problem } from './problems.ts';
import { createShadowCache } from './shadowCache.ts';
import { createClientErrors, type ProblemPlace } from './socketProblems.ts';
import { attachStream, type Stream } from './stream/streamServer.ts';
import { createTokenBucket } from './tokenBucket.ts';
import { createCheck, createTextCheck } from './validation.ts';
import { createMarginPool, MARGIN_WORKER } from './workers/marginPool.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of the table; none for documents and health. */
    operation?: OperationId;
  }
}

export interface ApiOptions {
  readonly sequencer: Sequencer;
  readonly deployment: Deployment;
  readonly portfolioMargin: PortfolioMargin;
  readonly verifyPool: SignatureVerifier;
  /** The machine's clock: signed requests are held against it, whatever time the blocks have. */
  readonly clock: Clock;
  /** Health of each price source of this process. */
  readonly sourceHealth: () => readonly SourceHealth[];
  /** Where the pushes of publishers go. */
  readonly pushPrices: PushPrices;
  readonly limits?: Partial<ApiLimits>;
  /** The entry of the threads that measure what takes long; a bundle names its own. Default: the one beside its source. */
  readonly marginEntry?: URL;
  /** None: nothing is logged. */
  readonly logger?: Logger;
}

export interface Api {
  /** For tests that need no socket, and for whoever adds routes before `listen`. */
  readonly app: FastifyInstance;
  readonly metrics: ApiMetrics;
  /** Gives the address, as `http://127.0.0.1:8080`. */
  listen(at: { readonly host: string; readonly port: number }): Promise<string>;
  /** Takes no new connection, says goodbye to streams, and lets requests in work finish, but for what other threads do. */
  close(): Promise<void>;
}

export function createApi(options: ApiOptions): Api {
  const limits: ApiLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const metrics = createMetrics({ sequencer: options.sequencer, verifier: options.verifyPool });
  const requestId = createRequestIds();
  const socketPlace: ProblemPlace = {
    head: () => options.sequencer.head(),
    requestId,
    onRefused: (status) => metrics.requests.inc({ operation: 'none', status: String(status) }),
  };
  const context = createContext(options, { limits, metrics, socketPlace });
  const clientErrors = createClientErrors(socketPlace);
  const app: FastifyInstance = Fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: 60_000,
    // A request without a host is refused below, in words.
    http: {
      requireHostHeader: false,
      headersTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.ceil(limits.requestMs / 4),
    },
    clientErrorHandler: clientErrors.answer,
    // While it stops, the framework's own refusal would be no problem: what needs the sequencer is refused by it, and what is read is still so.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 256 },
    genReqId: requestId,
    trustProxy: limits.trustedProxies.length === 0 ? false : [...limits.trustedProxies],
    logger: false,
    // What the router cannot read, as a path with a broken escape, comes here and past every hook.
    frameworkErrors: (error, request, reply) => {
      const { kind, details } = problemOfStatus(error) ?? { kind: 'invalidRequest', details: { detail: error.message } };
      return problemSender(options.sequencer)(request, reply, kind, details);
    },
  });
  app.server.maxConnections = limits.connections;
  clientErrors.attach(app.server);
  readJsonAsSent(app);
  const inWork = countRequests(app, { limits, metrics, ...(options.logger === undefined ? {} : { logger: options.logger }) });
  refuseNameless(app);
  limitClients(app, context);
  answerProblems(app, context, options.logger);
  for (const id of OPERATION_IDS) addOperation(app, context, id);
  addDocuments(app, context, setHead);
  const stream: Stream = attachStream(app.server, context);
  return {
    app,
    metrics,
    listen: ({ host, port }) => app.listen({ host, port }),
    async close() {
      await stream.close();
      // What takes long is given up, and whoever waits for it is told.
      await context.margins.close();
      await closeWhenDone(app, inWork, limits.commandTimeoutMs + LAST_WORDS_MS);
    },
  };
}

/** What a request may take longer than the command that it waits for, when the service stops. */
const LAST_WORDS_MS = 1_000;
const LOOK_EVERY_MS = 20;

/**
 * Closes when no request is in work any more, or after so long. A connection that says nothing, as browsers open them to have one, or that never
 * ends what it says, would keep the process from ending: the server itself waits for such.
 */
async function closeWhenDone(app: FastifyInstance, inWork: () => number, patienceMs: number): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  const timer = setInterval(() => {
    if (inWork() === 0 || performance.now() > untilMs) app.server.closeAllConnections();
  }, LOOK_EVERY_MS);
  await app.close().finally(() => clearInterval(timer));
}

function createContext(options: ApiOptions, of: Pick<HandlerContext, 'limits' | 'metrics' | 'socketPlace'>): HandlerContext {
  const { limits } = of;
  const { sequencer, deployment, portfolioMargin } = options;
  const read = durableReader(sequencer);
  return {
    sequencer,
    deployment,
    portfolioMargin,
    verifier: options.verifyPool,
    ...of,
    now: () => timeMs(options.clock.now()),
    sourceHealth: options.sourceHealth,
    pushPrices: options.pushPrices,
    clients: createClientLimiter(limits.clients, () => performance.now()),
    simulations: createTokenBucket(limits.simulationsPerSecond),
    documents: createTokenBucket(limits.documentsPerSecond),
    searches: createTokenBucket(limits.searchesPerSecond),
    shadow: createShadowCache({ read, nowMs: () => performance.now() }),
    margins: createMarginPool({
      entry: options.marginEntry ?? MARGIN_WORKER,
      threads: limits.marginThreads,
      waitingMax: limits.marginsWaiting,
      timeLimitMs: limits.marginTimeLimitMs,
      onWarning: (message) => options.logger?.warn(message),
    }),
    onFault: (message, error) => options.logger?.error({ error }, message),
    read,
  };
}

function durableReader(sequencer: Sequencer): HandlerContext['read'] {
  const scratch = createPortfolio();
  return async (query) => {
    let isAsked = false;
    try {
      return await sequencer.read((engine, directory, head) => {
        isAsked = true;
        return { head, content: query({ engine, directory, head, scratch }) };
      });
    } catch (cause) {
      if (isAsked) throw cause;
      // The sequencer stopped for good: whoever waits should look elsewhere, and nothing here is at fault.
      const detail = cause instanceof Error ? cause.message : 'The sequencer has stopped.';
      throw new Problem('notReady', { detail, retryAfterMs: 5_000 });
    }
  };
}

/** Bodies are kept as they came, because sessions sign them, and parsed as strict UTF-8. */
function readJsonAsSent(app: FastifyInstance): void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    sentBodies.set(request, bytes);
    // A DELETE or GET with the header and no body is no fault.
    if (bytes.length === 0) return done(null, undefined);
    try {
      done(null, JSON.parse(decoder.decode(bytes)));
    } catch {
      const errors = [{ path: '', message: 'is not JSON in UTF-8' }];
      done(new Problem('invalidRequest', { detail: 'The body is not JSON.', errors }));
    }
  });
}

const sentBodies = new WeakMap<FastifyRequest, Buffer>();
const NO_BODY = new Uint8Array(0);

function createRequestIds(): () => string {
  const start = Date.now().toString(36);
  let count = 0;
  return () => {
    count += 1;
    return `${start}-${count.toString(36)}`;
  };
}

const WEIGHTLESS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Counts and times requests, logs them without their secrets, and sheds what is too much at once. Gives how many are in work. */
function countRequests(
  app: FastifyInstance,
  of: { readonly limits: ApiLimits; readonly metrics: ApiMetrics; readonly logger?: Logger },
): () => number {
  let inFlight = 0;
  const counted = new WeakSet<FastifyRequest>();
  const leave = (request: FastifyRequest): void => {
    if (counted.delete(request)) inFlight -= 1;
  };
  app.addHook('onRequest', async (request) => {
    if (WEIGHTLESS.has(request.routeOptions.url ?? '')) return;
    if (inFlight >= of.limits.inFlight) {
      of.metrics.shed.inc({ reason: 'inFlight' });
      throw new Problem('overloaded', { detail: 'Too many requests are in work.', retryAfterMs: 100 });
    }
    inFlight += 1;
    counted.add(request);
  });
  app.addHook('onRequestAbort', async (request) => leave(request));
  app.addHook('onResponse', async (request, reply) => {
    leave(request);
    const operation = operationLabel(request);
    of.metrics.requests.inc({ operation, status: String(reply.statusCode) });
    of.metrics.requestSeconds.observe({ operation }, reply.elapsedTime / 1_000);
    of.logger?.debug(
      {
        request: request.id,
        method: request.method,
        path: request.routeOptions.url,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 1_000) / 1_000,
      },
      'request',
    );
  });
  return () => inFlight;
}

/** HTTP/1.1 wants a host. */
function refuseNameless(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.headers.host === undefined && raw.httpVersion === '1.1')
      throw new Problem('invalidRequest', { detail: 'The request names no host.' });
  });
}

/** Each address has its rate, before its request is read; `isSigned` says which. */
function limitClients(app: FastifyInstance, { clients, metrics }: HandlerContext): void {
  app.addHook('onRequest', async (request) => {
    const waitMs = waitOf(request, clients);
    if (waitMs === 0) return;
    metrics.shed.inc({ reason: 'addressRate' });
    throw new Problem('tooManyRequests', { detail: 'Too many requests from this address.', retryAfterMs: waitMs });
  });
}

function waitOf(request: FastifyRequest, clients: HandlerContext['clients']): number {
  const { ip, routeOptions } = request;
  switch (DOCUMENT_PATHS[routeOptions.url ?? '']) {
    case 'health':
      return 0;
    case 'page':
      return clients.page(ip);
    case 'scrape':
      return clients.scrape(ip);
  }
  const waitMs = isSigned(request) ? clients.signedRequest(ip) : clients.publicRequest(ip);
  return waitMs > 0 || routeOptions.config.operation !== 'registerOwner' ? waitMs : clients.registration(ip);
}

/** Claims to be: the signature is looked at later. */
function isSigned({ headers, routeOptions }: FastifyRequest): boolean {
  const { operation } = routeOptions.config;
  return headers[SESSION_HEADER] !== undefined || (operation !== undefined && operationOf(operation).access === 'signed');
}

function operationLabel(request: FastifyRequest): string {
  return request.routeOptions.config.operation ?? 'other';
}

function addOperation(app: FastifyInstance, context: HandlerContext, id: OperationId): void {
  const operation = operationOf(id);
  const params = operation.params === undefined ? null : createTextCheck(operation.params, '/params');
  const query = operation.query === undefined ? null : createTextCheck(operation.query, '/query');
  const bodySchema = operation.bodyCheck ?? operation.body;
  const body = bodySchema === undefined ? null : createCheck(bodySchema, '/body');
  const handle = handlerOf(id);
  app.route({
    method: operation.method,
    url: operation.path.replaceAll(/\{([A-Za-z]+)\}/g, ':$1'),
    exposeHeadRoute: false,
    config: { operation: id },
    handler: async (request, reply) => {
      const input = {
        params: params === null ? undefined : params(request.params),
        query: query === null ? undefined : query(request.query),
        body: body === null ? undefined : body(request.body),
      };
      const signed = {
        method: request.method,
        pathAndQuery: request.url,
        body: sentBodies.get(request) ?? NO_BODY,
      };
      const caller = await authenticate(context, signed, request.headers);
      if (caller !== null) passSession(context, caller.session.key);
      if (operation.access === 'session' && caller === null)
        throw new Problem('sessionRequired', { detail: 'The request carries no session.' });
      const { head, content, isPending } = await handle(context, input, caller, request.ip);
      setHead(reply, head);
      const text = JSON.stringify({ head: headJson(head), ...content });
      return reply
        .code(isPending === true ? 202 : 200)
        .type('application/json')
        .send(text);
    },
  });
}

function setHead(reply: FastifyReply, head: Head): FastifyReply {
  const { height, datetime, hash } = headJson(head);
  return reply.headers({ 'plimsoll-height': height, 'plimsoll-block-time': datetime, 'plimsoll-block-hash': hash });
}
