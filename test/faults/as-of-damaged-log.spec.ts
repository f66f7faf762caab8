// What is damaged in the log keeps nobody from asking about the time before, and is named to who asks for the time behind.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { Position } from '../../src/infra/event-store/port.ts';
import { logUpTo } from '../../src/queries/as-of/log-up-to.ts';
import { eventsIn } from '../../src/queries/stream/events-in.ts';
import { anEvent, appended, metadata } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { skaldIn } from '../support/past-world.ts';
import type { Ask } from '../support/past-record.ts';

const steps = [{ seq: 1, name: 'a', objectType: 'x' }];
const events = z.looseObject({
  items: z.array(z.looseObject({ metadata: z.looseObject({ recordedAt: z.string() }) })),
});

const defined = async (ask: Ask, orchName: string): Promise<string> => {
  const { status } = await ask('/api/orchestration/register', { body: { orchName, as: 'initiator', steps } });
  expect(status).toBe(200);
  const { text } = await ask(`/api/v1/streams/orchestration-${orchName}`);
  return events.parse(JSON.parse(text)).items[0]?.metadata.recordedAt ?? '';
};

const damage = (dataDir: string, stream: string, from = 0): void => {
  const db = new DatabaseSync(join(dataDir, 'log.db'));
  db.prepare(
    'UPDATE events SET body = ? WHERE stream_id = (SELECT id FROM streams WHERE name = ?) AND revision >= ?',
  ).run(Buffer.alloc(8), stream, from);
  db.close();
};

it('tells of the time before, and names what is damaged to who asks for the time behind', async () => {
  const dataDir = freshDirectory();
  const { ask, close } = await skaldIn(dataDir);
  onTestFinished(close);
  const first = await defined(ask, 'first');
  // Whose time tells that the first one's has passed.
  await defined(ask, 'other');
  await defined(ask, 'second');
  const third = await defined(ask, 'third');
  damage(dataDir, 'orchestration-second');
  const wait = { headers: { prefer: 'wait=20' } };

  const then = await ask(`/api/v1/orchestrations?asOf=${first}`, wait);
  expect(JSON.parse(then.text)).toMatchObject({ items: [{ orchName: 'first' }] });
  expect((await ask(`/api/v1/orchestrations/first?asOf=${first}`)).status).toBe(200);
  for (const path of ['orchestrations', 'orchestrations/first']) {
    const behind = await ask(`/api/v1/${path}?asOf=${third}`, wait);
    expect(JSON.parse(behind.text)).toMatchObject({
      ...{ status: 500, code: 'integrity' },
      detail: expect.stringContaining('stream orchestration-second is damaged at revision 0') as unknown,
    });
  }
});

const STREAM = 'orchestration-first';

/** A log with four events of one stream, and where they are; the last one of the log can be read whatever happens to it. */
const fourIn = async (dataDir: string): Promise<readonly Position[]> => {
  const store = await embeddedEventStore({ dataDir });
  const events = Array.from({ length: 4 }, () => anEvent('Happened'));
  const { events: stored } = appended(await store.append(STREAM, NO_STREAM, events, metadata()));
  appended(await store.append('orchestration-other', NO_STREAM, [anEvent('Happened')], metadata()));
  await store.close();
  return stored.map(({ position }) => position);
};

it('has a stream as it was before its own damage; what was there and is damaged is refused', async () => {
  const dataDir = freshDirectory();
  const [zero = '', one = '', two = '', three = ''] = await fourIn(dataDir);
  damage(dataDir, STREAM, 2);
  const store = await embeddedEventStore({ dataDir });
  onTestFinished(() => store.close());
  const revisionsUpTo = async (position: Position) =>
    (await eventsIn(logUpTo(store, position), STREAM)).map(({ revision }) => revision);
  expect(await revisionsUpTo(zero)).toEqual([0]);
  expect(await revisionsUpTo(one)).toEqual([0, 1]);
  const damaged = { name: 'LogDamaged', revision: 2, position: two };
  for (const behind of [two, three]) await expect(revisionsUpTo(behind)).rejects.toMatchObject(damaged);
  // Asked for from the damage on, too.
  const later = { from: 2, direction: 'forwards', max: 10 } as const;
  expect(await logUpTo(store, one).readStream(STREAM, later)).toEqual({ events: [], head: 1 });
});
