import { describe, expect, it, onTestFinished } from 'vitest';
import { createPresence } from '../../src/commands/worker/presence.ts';
import { mongoPresence } from '../../src/infra/presence/mongodb.ts';
import type { MongoConnection } from '../../src/infra/mongodb/connect.ts';
import { manualClock } from '../support/manual-clock.ts';
import { mongoConnections } from '../support/servers/mongo-connections.ts';

const { processes } = mongoConnections();
const START = 1_700_000_000_000;

const open = async (connection: MongoConnection | undefined, name: string, start = START) => {
  if (connection === undefined) throw new Error('no connection');
  const clock = manualClock(start);
  const troubles: unknown[] = [];
  const onTrouble = (error: unknown): void => void troubles.push(error);
  const shared = await mongoPresence({ connection, clock, process: name, onTrouble });
  const presence = createPresence(clock, shared.others);
  const begin = (): void => {
    shared.start(presence.heardHere);
  };
  onTestFinished(() => shared.stop());
  const second = () => clock.advance(1000, () => Promise.resolve());
  return { clock, shared, presence, begin, second, troubles };
};
type Process = Awaited<ReturnType<typeof open>>;

/** What one process knows once time has passed for all of them, second by second, as often as needed. */
const soon = (all: readonly Process[], known: () => unknown) =>
  expect.poll(async () => {
    for (const each of all) await each.second();
    return known();
  });

describe('signs of life on MongoDB', () => {
  it('heard by one process are known to the others soon, and later ones too', async () => {
    const connections = await processes(3);
    const [a, b, c] = await Promise.all([
      open(connections[0], 'a'),
      open(connections[1], 'b'),
      open(connections[2], 'c'),
    ]);
    for (const each of [a, b, c]) each.begin();
    a.presence.heartbeat('billing');
    b.presence.claimed('billing', START + 30_000);
    await soon([a, b, c], () => c.presence.signsOf('billing')).toEqual({
      polledAt: 0,
      heartbeatAt: START,
      claimedAt: START,
      workedAt: START,
      busyUntil: START + 30_000,
    });
    expect(c.presence.livenessOf('billing').state).toBe('live');
    const now = a.clock.now();
    a.presence.heartbeat('billing');
    await soon([a, b, c], () => b.presence.signsOf('billing').heartbeatAt).toBe(now);
    expect([a, b, c].flatMap(({ troubles }) => troubles)).toEqual([]);
  });

  it('are known to a process that starts later, and are told to the last when one stops', async () => {
    const connections = await processes(2);
    const a = await open(connections[0], 'a');
    a.begin();
    a.presence.heartbeat('billing');
    await a.shared.stop();
    const b = await open(connections[1], 'b');
    b.begin();
    await soon([b], () => b.presence.signsOf('billing').heartbeatAt).toBe(START);
  });

  it('of a process whose clock is ahead count as of now, and do not move on by themselves', async () => {
    const connections = await processes(2);
    const [ahead, b] = [
      await open(connections[0], 'ahead', START + 3_600_000),
      await open(connections[1], 'b'),
    ];
    for (const each of [ahead, b]) each.begin();
    ahead.presence.heartbeat('billing');
    await soon([ahead, b], () => b.presence.isHeard('billing')).toBe(true);
    const heardAt = b.presence.signsOf('billing').heartbeatAt;
    expect(heardAt).toBeLessThanOrEqual(b.clock.now());
    b.presence.heartbeat('other');
    await soon([ahead, b], () => ahead.presence.isHeard('other')).toBe(true);
    expect(b.presence.signsOf('billing').heartbeatAt).toBe(heardAt);
  });

  it('are written only when there is something new', async () => {
    const connections = await processes(1);
    const a = await open(connections[0], 'a');
    a.begin();
    a.presence.heartbeat('billing');
    const rows = connections[0]?.collection('presence');
    const writtenAt = async (): Promise<unknown> => (await rows?.findOne({}))?.['writtenAt'];
    await soon([a], async () => (await writtenAt()) instanceof Date).toBe(true);
    const first = await writtenAt();
    a.presence.heartbeat('other');
    await soon([a], () => rows?.countDocuments()).toBe(2);
    expect(await rows?.findOne({ service: 'billing' })).toMatchObject({ writtenAt: first });
  });
});
