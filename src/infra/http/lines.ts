import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { StoredEvent } from '../event-store/port.ts';
import { headerOf } from './call-context.ts';
import type { CursorCodec } from './cursor.ts';

export const LINES = 'application/x-ndjson';
/** A whole log takes as long as its reader; a reader that has gone away ends it. A HEAD would read it for nobody. */
export const STREAMING = { handlerTimeout: 24 * 3_600_000, exposeHeadRoute: false };

const NAMES = new Set([LINES, 'application/ndjson', 'application/jsonl']);
const NOT_WANTED = /;\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)/i;

/** Whether the caller asks for one JSON value per line. JSON is what everybody else gets. */
export const wantsLines = (reply: FastifyReply): boolean => {
  reply.header('vary', 'accept');
  const ranges = (headerOf(reply.request, 'accept') ?? '').split(',');
  return ranges.some((range) => {
    const [type = ''] = range.split(';', 1);
    return NAMES.has(type.trim().toLowerCase()) && !NOT_WANTED.test(range);
  });
};

type Options = { readonly most: number; readonly drain: AbortSignal; readonly cursor: CursorCodec };

/** Writes events as lines, as fast as they are read. An answer that is cut short is seen to be cut short. */
export const answerLines = (
  reply: FastifyReply,
  pages: AsyncIterable<readonly StoredEvent[]>,
  options: Options,
): FastifyReply => reply.type(LINES).send(Readable.from(linesOf(pages, options), { objectMode: false }));

async function* linesOf(
  pages: AsyncIterable<readonly StoredEvent[]>,
  { most, drain, cursor }: Options,
): AsyncGenerator<string> {
  let left = most;
  for await (const page of pages) {
    if (drain.aborted) throw new Error('the server is shutting down');
    const events = page.slice(0, left);
    left -= events.length;
    const lines = events.map((event) => {
      const line = { ...event, position: cursor.encode(event.position) };
      return `${JSON.stringify(line)}\n`;
    });
    if (lines.length > 0) yield lines.join('');
    if (left === 0) return;
  }
}
