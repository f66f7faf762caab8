import { EventStoreDBClient, NotLeaderError } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEventStoreCluster } from '../../support/eventstoredb/cluster.ts';
import type { EventStoreCluster } from '../../support/eventstoredb/cluster.ts';
import { collect, someEvents } from '../../support/eventstoredb/session.ts';

const STREAM = 'ns.saga-1';

describe('a cluster of EventStoreDB doubles', () => {
  let cluster: EventStoreCluster;
  const clients: EventStoreDBClient[] = [];
  beforeEach(async () => {
    cluster = await startEventStoreCluster(3);
  });
  afterEach(async () => {
    clients.splice(0).forEach((client) => void client.dispose());
    await cluster.stop();
  });

  const connect = (url = cluster.url): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(url);
    clients.push(client);
    return client;
  };
  const appendsByNode = () => cluster.nodes.map(({ requests }) => requests.append);

  it('is found by gossip, at its leader', async () => {
    cluster.promote(1);
    await connect().appendToStream(STREAM, someEvents('A'));
    expect(appendsByNode()).toEqual([0, 1, 0]);
    expect(cluster.nodes.reduce((sum, { requests }) => sum + requests.gossip, 0)).toBeGreaterThan(0);
  });

  it('passes over what a follower is given', async () => {
    await connect(cluster.nodes[2]?.url).appendToStream(STREAM, someEvents('A'));
    const events = await collect(connect(cluster.nodes[0]?.url).readStream(STREAM));
    expect(events.map(({ type }) => type)).toEqual(['A']);
  });

  it('sends what requires the leader from a follower to it', async () => {
    const client = connect(cluster.nodes[2]?.url);
    const append = () => client.appendToStream(STREAM, someEvents('A'), { requiresLeader: true });
    await expect(append()).rejects.toBeInstanceOf(NotLeaderError);
    await append();
    expect(appendsByNode()).toEqual([1, 0, 0]);
  });

  it('goes on at another leader after its own was stopped, with everything that was committed', async () => {
    const client = connect();
    await client.appendToStream(STREAM, someEvents('A'), { expectedRevision: 'no_stream' });
    await cluster.nodes[0]?.stop();
    cluster.promote(1);
    const later = someEvents('B');
    await vi.waitFor(async () => {
      const answer = await client.appendToStream(STREAM, later, { expectedRevision: 0n });
      expect(answer).toMatchObject({ nextExpectedRevision: 1n });
    });
    const events = await collect(client.readStream(STREAM));
    expect(events.map(({ type }) => type)).toEqual(['A', 'B']);
    expect(cluster.nodes[1]?.requests.read).toBe(1);
  });
});
