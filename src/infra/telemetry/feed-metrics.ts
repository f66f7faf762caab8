import type { Feed, Ready, Refused } from '../feed/port.ts';
import type { CloseReason, Session } from '../session/port.ts';
import { counter, gauge, samplesBy, samplesOf } from './source.ts';
import type { Source } from './source.ts';
import { createTally } from './tally.ts';

const CLIENTS = gauge('skald_feed_clients', 'Connections that follow a feed', 'transport');
const ENDED = counter(
  'skald_feed_connections_ended_total',
  'Connections that ended; slow: dropped because the client did not read',
  ...['transport', 'reason'],
);

type Transport = 'socket' | 'sse';

/** Who follows feeds, and how they left. */
export const feedMetrics = () => {
  const clients = { socket: 0, sse: 0 };
  const ended = createTally();
  const joined = (transport: Transport): ((reason: string) => void) => {
    let isHere = true;
    clients[transport] += 1;
    return (reason) => {
      if (!isHere) return;
      isHere = false;
      clients[transport] -= 1;
      ended.add(transport, reason);
    };
  };
  /** The same feed, its clients counted. */
  const metered = (feed: Feed): Feed => ({
    connect: (outlet, entry) => counted(feed.connect(outlet, entry), joined('socket')),
    stream: async (request, access) => countedStream(await feed.stream(request, access), joined),
  });
  const source: Source = {
    name: 'feeds',
    families: [CLIENTS, ENDED],
    read: () => [...samplesBy(CLIENTS, clients), ...samplesOf(ENDED, ended)],
  };
  return { metered, source };
};

/** The first reason it is given counts. */
const counted = <Side extends Pick<Session, 'drained' | 'end'>>(
  side: Side,
  left: (reason: string) => void,
): Side => ({
  ...side,
  end: (why?: CloseReason) => {
    left(why ?? 'gone');
    side.end(why);
  },
});

const countedStream = (
  answer: Refused | Ready,
  joined: (transport: Transport) => (reason: string) => void,
): Refused | Ready => {
  if (answer.kind === 'refused') return answer;
  return {
    kind: 'ready',
    start: (outlet) => {
      const left = joined('sse');
      const stream = answer.start({
        ...outlet,
        close: (reason) => {
          left(reason);
          outlet.close(reason);
        },
      });
      return counted(stream, left);
    },
  };
};
