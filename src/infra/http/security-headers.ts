import type { FastifyReply } from 'fastify';

/** On every answer (S-90). The API's answers load nothing, are framed by nobody and are kept by no cache. */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;

const HEADERS = Object.entries(SECURITY_HEADERS);

export const applySecurityHeaders = (reply: FastifyReply): void => {
  for (const [name, value] of HEADERS) {
    if (!reply.hasHeader(name)) reply.header(name, value);
  }
};
