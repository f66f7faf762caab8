import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { LogController } from 'fastify';
import type { FastifyBaseLogger } from 'fastify';
import { urlWithout } from './base-path.ts';
import { isHandshake } from './socket/handshake.ts';
import { detailsOf, problem } from './problem-details.ts';
import type { Problem } from './problem-details.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** All in milliseconds. */
export type Timeouts = {
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** Silence on a connection; longer than any long poll. */
  readonly connectionMs: number;
  readonly keepAliveMs: number;
  /** From the request to its answer, on routes that do not wait. */
  readonly handlerMs: number;
  /** How often connections are looked at: a limit is enforced that much later at most. */
  readonly checkEveryMs: number;
};

export const TIMEOUTS: Timeouts = {
  requestMs: 30_000,
  connectionMs: 60_000,
  keepAliveMs: 20_000,
  handlerMs: 30_000,
  checkEveryMs: 10_000,
};

const BODY_LIMIT = 256 * 1024;
/** The longest part of a path is the id of a document: an orchestration's name, a slash, a step's. */
export const LONGEST_PART = 200;
/** An answer's payload of 256 KiB is a third longer in base64, and answers come in batches. */
export const ANSWERS_BODY_LIMIT = 1024 * 1024;
/** Routes where the caller may ask to wait up to 30 s: still less than the silence a connection may keep. */
export const WAITING = { handlerTimeout: 45_000 };

/** `basePath`, as `/org` or `/beta/org`: requests under it are served as those without it. */
export const serverOptions = (timeouts: Timeouts, newId: () => string, basePath = '') => ({
  bodyLimit: BODY_LIMIT,
  routerOptions: { maxParamLength: LONGEST_PART },
  requestTimeout: timeouts.requestMs,
  connectionTimeout: timeouts.connectionMs,
  keepAliveTimeout: timeouts.keepAliveMs,
  maxRequestsPerSocket: 1000,
  http: {
    connectionsCheckingInterval: timeouts.checkEveryMs,
    headersTimeout: timeouts.requestMs,
    // A guard answers for it, in our own format: Node's answer is bare.
    requireHostHeader: false,
    shouldUpgradeCallback: (request: IncomingMessage) => isHandshake(request, urlWithout(basePath, request)),
  },
  exposeHeadRoutes: true,
  logController: new LogController({ disableRequestLogging: true }),
  // A logger of its own for each request costs more than its lines are worth: each names its request itself.
  childLoggerFactory: (logger: FastifyBaseLogger) => logger,
  // Draining answers in our own format, from a guard.
  return503OnClosing: false,
  genReqId: newId,
  rewriteUrl: (request: Pick<IncomingMessage, 'url'>) => urlWithout(basePath, request),
  clientErrorHandler: answerBrokenConnection(newId),
});

/** What Node's parser refuses never becomes a request: the answer is written by hand, then the line is cut. */
const answerBrokenConnection =
  (newId: () => string) =>
  (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    if (socket.writable) socket.write(rawAnswer(problemOf(error.code), newId()));
    socket.destroySoon();
  };

const problemOf = (code: string | undefined): Problem => {
  if (code === 'HPE_HEADER_OVERFLOW')
    return problem('headers_too_large', 'the headers are larger than 16 KiB');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return problem('request_timeout', 'the request did not arrive in time');
  return problem('invalid_request', 'this is not a valid HTTP request');
};

const rawAnswer = (refusal: Problem, requestId: string): string => {
  const body = JSON.stringify(detailsOf(refusal, requestId));
  const headers = {
    ...SECURITY_HEADERS,
    'x-correlation-id': requestId,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${refusal.status} ${detailsOf(refusal, requestId).title}\r\n${lines.join('')}\r\n${body}`;
};
