import type { FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { headerOf, invalidHeader } from '../call-context.ts';
import { problem } from '../problem-details.ts';

export const FEED_PATH = '/api/v1/feed';
export const WORKERS_PATH = '/api/v1/workers/stream';

/** Where sockets are opened, and what is spoken there. */
const SUB_PROTOCOLS = new Map([
  [FEED_PATH, 'skald.feed.v1'],
  [WORKERS_PATH, 'skald.worker.v1'],
]);

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const OFFERS_UPGRADE = { upgrade: 'websocket', connection: 'Upgrade' };

export const subProtocolOf = ({ url = '' }: Pick<IncomingMessage, 'url'>): string | undefined =>
  SUB_PROTOCOLS.get(url.split('?', 1)[0] ?? '');

/** Any other request that offers an upgrade (Java's client offers h2c) is answered as if it did not. */
export const isHandshake = (request: IncomingMessage, url = request.url): boolean =>
  request.method === 'GET' &&
  request.headers.upgrade?.toLowerCase() === 'websocket' &&
  subProtocolOf(url === undefined ? {} : { url }) !== undefined;

export const upgradeRequired = (detail: string): Error =>
  problem('upgrade_required', detail, { headers: { ...OFFERS_UPGRADE, 'sec-websocket-version': '13' } });

/** @throws Problem for what is no handshake of ours, before anything is upgraded. */
export const checkHandshake = (request: FastifyRequest): void => {
  const spoken = subProtocolOf(request.raw) ?? '';
  if (!request.ws) throw upgradeRequired(`this address takes WebSocket handshakes of ${spoken}`);
  if (headerOf(request, 'sec-websocket-version') !== '13') {
    throw upgradeRequired('the only WebSocket version here is 13');
  }
  if (!KEY.test(headerOf(request, 'sec-websocket-key') ?? '')) {
    throw invalidHeader('Sec-WebSocket-Key', 'must be 16 bytes in base64');
  }
  if (!isOffered(request, spoken)) throw invalidHeader('Sec-WebSocket-Protocol', `must offer ${spoken}`);
};

const isOffered = (request: FastifyRequest, protocol: string): boolean => {
  const offered = (headerOf(request, 'sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  return offered.includes(protocol) && new Set(offered).size === offered.length;
};
