import type { FastifyReply } from 'fastify';
import { headerOf } from './call-context.ts';

const MAX_WAIT_S = 30;
/** `wait=N` in a Prefer header (RFC 7240), among other preferences, with or without quotes. */
const WAIT = /(?:^|[,;])\s*wait\s*=\s*(?:"(\d{1,6})"|(\d{1,6}))\s*(?=$|[,;])/i;

/** Seconds the caller prefers to wait, at most 30; undefined without a usable preference, which is ignored. */
export const preferredWait = (reply: FastifyReply): number | undefined => {
  const match = WAIT.exec(headerOf(reply.request, 'prefer') ?? '');
  const seconds = match?.[1] ?? match?.[2];
  return seconds === undefined ? undefined : Math.min(Number(seconds), MAX_WAIT_S);
};

/** Says in the answer which wait was honoured, and gives the signal that ends it. */
export const applyWait = (reply: FastifyReply, seconds: number, drain: AbortSignal): AbortSignal => {
  reply.header('preference-applied', `wait=${seconds}`);
  return AbortSignal.any([whileConnected(reply, drain), AbortSignal.timeout(seconds * 1000)]);
};

/** Aborts when the caller has gone away or the server shuts down. */
export const whileConnected = (reply: FastifyReply, drain: AbortSignal): AbortSignal => {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    gone.abort('gone'); // with a reason, so that no error with a stack is made
  });
  return AbortSignal.any([gone.signal, drain]);
};
