// F-H-04, with fewer: ten thousand are followed by `npm run test:servers -- idle-feeds`.
import { describe, expect, it } from 'vitest';
import { idleFeedServer } from '../support/idle-feeds.ts';

const FEEDS = 1000;
/** Of so few a quarter may be what the server took for other things meanwhile. */
const MOST_KIB_EACH = 64;

describe.skipIf(process.platform !== 'linux')('a server with a thousand idle feeds (F-H-04)', () => {
  it(
    'goes on, at little cost for each, and closes all of them when it ends',
    { timeout: 60_000 },
    async () => {
      const { server, taken, command, follow } = await idleFeedServer();
      const before = await taken();
      const clients = follow(FEEDS);
      expect(await clients.told('open')).toEqual({ kind: 'open', closed: 0 });
      const during = await taken();
      expect(during.feeds).toBe(FEEDS);
      expect((during.rssKib - before.rssKib) / FEEDS).toBeLessThan(MOST_KIB_EACH);
      expect(await command()).toMatchObject({ statuses: [200] });
      expect(await server.stop()).toBe(0);
      expect(await clients.told('closed')).toEqual({ kind: 'closed', codes: [1001] });
    },
  );
});
