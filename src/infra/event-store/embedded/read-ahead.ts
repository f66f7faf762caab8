import type { ReadReply, ReadRequest } from './protocol.ts';

export type Reads = {
  readonly answer: (request: ReadRequest) => ReadReply;
  /** Reads what is likely to be asked for next. */
  readonly ahead: () => void;
};

type AllRequest = Extract<ReadRequest, { kind: 'all' }>;
type Ahead = { readonly request: AllRequest; readonly reply: ReadReply };

/**
 * Whoever goes through the log gets the next slice while the last one is being parsed. What is kept is never out of
 * date: a slice that does not reach the end of the log stays as it is.
 */
export const readAhead = (read: Reads['answer']): Reads => {
  /** What is asked for next, where two slices in a row joined. */
  let next: AllRequest | undefined;
  let kept: Ahead | undefined;
  const answered = (request: ReadRequest): ReadReply => {
    const reply = kept !== undefined && isSame(kept.request, request) ? kept.reply : read(request);
    // Its bytes are handed over: it can be given once.
    if (kept?.reply === reply) kept = undefined;
    return reply;
  };
  let follows: number | undefined;
  return {
    answer: (request) => {
      const reply = answered(request);
      if (request.kind !== 'all') return reply;
      const isGoingOn = reply.kind === 'all' && !reply.isEnd && request.after === follows;
      next = isGoingOn ? { ...request, after: reply.position } : undefined;
      follows = reply.kind === 'all' ? reply.position : undefined;
      return reply;
    },
    ahead: () => {
      if (next === undefined) return;
      const reply = read(next);
      kept = reply.kind === 'all' && !reply.isEnd ? { request: next, reply } : undefined;
      next = undefined;
    },
  };
};

const isSame = (ahead: AllRequest, request: ReadRequest): boolean =>
  request.kind === 'all' &&
  request.after === ahead.after &&
  request.max === ahead.max &&
  request.categories?.join() === ahead.categories?.join();
