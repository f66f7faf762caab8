import type { FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { headerOf, invalidHeader } from '../call-context.ts';
import { problem } from '../problem-details.ts';

export const FEED_PATH = '/api/v1/feed';
export const SUB_PROTOCOL = 'skald.feed.v1';

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const OFFERS_UPGRADE = { upgrade: 'websocket', connection: 'Upgrade' };

/** Any other request that offers an upgrade (Java's client offers h2c) is answered as if it did not. */
export const isFeedHandshake = ({ method, url, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && url?.split('?', 1)[0] === FEED_PATH;

export const upgradeRequired = (detail: string): Error =>
  problem('upgrade_required', detail, { headers: { ...OFFERS_UPGRADE, 'sec-websocket-version': '13' } });

/** @throws Problem for what is no handshake of ours, before anything is upgraded. */
export const checkHandshake = (request: FastifyRequest): void => {
  if (!request.ws) throw upgradeRequired(`this address takes WebSocket handshakes of ${SUB_PROTOCOL}`);
  if (headerOf(request, 'sec-websocket-version') !== '13') {
    throw upgradeRequired('the only WebSocket version here is 13');
  }
  if (!KEY.test(headerOf(request, 'sec-websocket-key') ?? '')) {
    throw invalidHeader('Sec-WebSocket-Key', 'must be 16 bytes in base64');
  }
  const offered = (headerOf(request, 'sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(SUB_PROTOCOL) || new Set(offered).size < offered.length) {
    throw invalidHeader('Sec-WebSocket-Protocol', `must offer ${SUB_PROTOCOL}`);
  }
};
