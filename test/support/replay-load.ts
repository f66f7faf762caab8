// A log of events that nothing but replays looks at, and somebody outside who takes what is replayed.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { eventIdOf } from '../../src/commands/deterministic-ids.ts';
import { loopbackServer } from './loopback-server.ts';

const STREAMS = 10;
const LEAST_AT_ONCE = 50;
const MOST_APPENDS = 200;
/** From one append to the next, as the log tells it. */
const GAP_MS = 50;
const BEGAN_MS = Date.UTC(2026, 0, 1);

/** Writes so many events, in at most 200 appends; gives back their ids in log order. */
export const writeLoad = async (dataDir: string, count: number): Promise<readonly string[]> => {
  let now = BEGAN_MS;
  const store = await embeddedEventStore({ dataDir, clock: { now: () => (now += GAP_MS) } });
  const heads = new Map<string, typeof NO_STREAM>();
  const written: string[] = [];
  const atOnce = Math.max(LEAST_AT_ONCE, Math.ceil(count / MOST_APPENDS));
  for (let first = 0; first < count; first += atOnce) {
    const stream = `load-${String((first / atOnce) % STREAMS)}`;
    const commandId = eventIdOf('load', String(first), 0);
    const events = Array.from({ length: Math.min(atOnce, count - first) }, (_, index) => ({
      ...{ eventId: eventIdOf(stream, commandId, index), type: 'Loaded', schemaVersion: '1.0' },
      data: { number: first + index, text: 'x'.repeat(200) },
    }));
    const result = await store.append(stream, heads.get(stream) ?? NO_STREAM, events, {
      ...{ commandId, causationId: commandId, correlationId: commandId },
      actor: { kind: 'system', id: 'load', source: 'test' },
    });
    const last = result.kind === 'ok' ? result.events.at(-1) : undefined;
    if (last === undefined) throw new Error(`the load was not written: ${result.kind}`);
    heads.set(stream, { revision: last.revision, hash: last.hash });
    written.push(...events.map(({ eventId }) => eventId));
  }
  await store.close();
  return written;
};

/** Takes calls as they come; at a gate it keeps who calls waiting until the gate is opened. */
export const gatedHook = async () => {
  const taken: IncomingHttpHeaders[] = [];
  let gate = Infinity;
  let waiting: ServerResponse[] = [];
  const origin = await loopbackServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (taken.length >= gate) {
        waiting.push(response);
        return;
      }
      taken.push(request.headers);
      response.end();
    });
  });
  return {
    origin,
    taken,
    ids: (): readonly string[] => taken.map((headers) => String(headers['ce-id'])),
    /** Nobody gets through any more once so many have. */
    closeAfter: (count: number): void => {
      gate = count;
    },
    /** Who waits is sent away, and comes again. */
    open: (): void => {
      gate = Infinity;
      for (const response of waiting) response.writeHead(503).end();
      waiting = [];
    },
    waits: () => waiting.length,
  };
};
