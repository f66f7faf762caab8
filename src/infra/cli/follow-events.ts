import { createParser } from 'eventsource-parser';
import type { EventSourceMessage } from 'eventsource-parser';
import { z } from 'zod';
import { pause } from '../clock/port.ts';
import { unreachable } from './api.ts';
import type { Call } from './call.ts';
import { CliError, jsonOf } from './errors.ts';
import { CLI_EXIT } from './exit-codes.ts';

type Deps = Pick<Call, 'api' | 'clock' | 'io' | 'url'>;
type What = { readonly stream: string; readonly from: string };

const RETRY_MS = 1000;
const frame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('event'), event: z.looseObject({}) }),
  z.looseObject({ type: z.literal('error'), detail: z.string() }),
  z.looseObject({ type: z.literal('resync') }),
  z.looseObject({ type: z.enum(['caughtUp', 'lagging', 'heartbeat']) }),
]);
type Followed = { readonly event: unknown; readonly cursor: string };

/**
 * Events as they come, without end. A cut is said and mended: the feed goes on behind the last event seen.
 * @throws CliError when the first attempt fails, or the feed says that it cannot go on.
 */
export async function* followEvents(deps: Deps, { stream, from }: What): AsyncGenerator {
  let cursor = from;
  let isFirst = true;
  for (;;) {
    try {
      for await (const { event, cursor: seen } of connection(deps, stream, cursor)) {
        isFirst = false;
        cursor = seen;
        yield event;
      }
      isFirst = false;
    } catch (error) {
      if (isFirst || !isPassing(error)) throw error;
    }
    deps.io.say('the connection was cut: trying again');
    await pause(deps.clock, RETRY_MS);
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof CliError && error.exit === CLI_EXIT.unreachable;

async function* connection(deps: Deps, stream: string, from: string): AsyncGenerator<Followed> {
  const body = await deps.api.open('/api/v1/feed/sse', { query: { stream, from } });
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => void messages.push(message) });
  const decoder = new TextDecoder();
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      throw unreachable(deps.url, error);
    });
    if (next.done === true) return;
    parser.feed(decoder.decode(next.value, { stream: true }));
    for (const message of messages.splice(0)) yield* followed(message);
  }
}

function* followed({ data, id }: EventSourceMessage): Generator<Followed> {
  const parsed = frame.safeParse(jsonOf(data));
  // A frame of a later version of the feed.
  if (!parsed.success) return;
  if (parsed.data.type === 'error') throw new CliError(CLI_EXIT.failure, parsed.data.detail);
  if (parsed.data.type === 'resync')
    throw new CliError(
      CLI_EXIT.failure,
      'the server has another log now, or was restored from a backup: begin anew',
    );
  if (parsed.data.type === 'event') yield { event: parsed.data.event, cursor: id ?? '' };
}
