import type { FastifyReply } from 'fastify';
import { headerOf } from './call-context.ts';

const MAX_WAIT_S = 30;
/** `wait=N` in a Prefer header (RFC 7240), among other preferences, with or without quotes. */
const WAIT = /(?:^|[,;])\s*wait\s*=\s*(?:"(\d{1,6})"|(\d{1,6}))\s*(?=$|[,;])/i;

/** Seconds the caller prefers to wait, at most 30; undefined without a usable preference, which is ignored. */
export const preferredWait = (reply: FastifyReply): number | undefined => {
  const prefer = headerOf(reply.request, 'prefer');
  const match = prefer === undefined ? null : WAIT.exec(prefer);
  const seconds = match?.[1] ?? match?.[2];
  return seconds === undefined ? undefined : Math.min(Number(seconds), MAX_WAIT_S);
};

/** Says in the answer which wait was honoured, and gives the signal that ends it. */
export const applyWait = (reply: FastifyReply, seconds: number, drain: AbortSignal): AbortSignal => {
  reply.header('preference-applied', `wait=${seconds}`);
  return whileConnected(reply, drain, seconds * 1000);
};

/**
 * Aborts when the caller has gone away, the server shuts down or, where it is given, the time is over. One signal with
 * a reason: joining several, or making an error for each, would cost more than all the rest of a short wait.
 */
export const whileConnected = (reply: FastifyReply, drain: AbortSignal, forMs?: number): AbortSignal => {
  const over = new AbortController();
  const end = (): void => over.abort('over');
  const stopTimer = forMs === undefined ? undefined : reply.server.schedule(forMs, end);
  drain.addEventListener('abort', end);
  reply.raw.once('close', () => {
    stopTimer?.();
    drain.removeEventListener('abort', end);
    end();
  });
  if (drain.aborted) end();
  return over.signal;
};
