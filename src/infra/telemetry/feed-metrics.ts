import type { Feed, Ready, Refused } from '../feed/port.ts';
import type { CloseReason, Session } from '../session/port.ts';
import type { Family, Source } from './source.ts';
import { createTally } from './tally.ts';

const CLIENTS: Family = {
  name: 'skald_feed_clients',
  help: 'Connections that follow a feed',
  kind: 'gauge',
  labels: ['transport'],
};
const ENDED: Family = {
  name: 'skald_feed_connections_ended_total',
  help: 'Connections that ended; slow: dropped because the client did not read',
  kind: 'counter',
  labels: ['transport', 'reason'],
};

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
    read: () => [
      ...Object.entries(clients).map(([transport, value]) => ({
        ...{ name: CLIENTS.name, labels: { transport }, value },
      })),
      ...ended.entries().map(({ values: [transport = '', reason = ''], count }) => ({
        ...{ name: ENDED.name, labels: { transport, reason }, value: count },
      })),
    ],
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
