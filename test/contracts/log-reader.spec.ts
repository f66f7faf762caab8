import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { embeddedLogReader } from '../../src/infra/event-store/embedded/log-reader.ts';
import { eventsBetween } from '../../src/infra/event-store/embedded/position.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';
import type { AllSlice, StoredEvent } from '../../src/infra/event-store/port.ts';
import { anEvent, appended, filled, metadata, streamName } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

/** Ids and hashes are made when they are asked for. */
const asked = ({ events, ...rest }: AllSlice): AllSlice => ({
  ...rest,
  events: events.map((event) => ({ ...event, eventId: event.eventId, hash: event.hash })),
});

const opened = async () => {
  const dataDir = freshDirectory();
  const store = await embeddedEventStore({ dataDir });
  onTestFinished(store.close);
  const reader = embeddedLogReader({ dataDir });
  onTestFinished(reader.close);
  const readAll: typeof reader.readAll = async (options) => asked(await reader.readAll(options));
  return { dataDir, store, reader: { ...reader, readAll } };
};

describe('the reader that checks no hash chain', () => {
  it('reads exactly what the checking one reads', async () => {
    const { store, reader } = await opened();
    await filled(store, 20);
    const owned = { ...metadata(), owner: 'ö', bodyHash: 'ab'.repeat(32), correlationId: 'free text' };
    const several = [
      anEvent('Several', { text: '𝄞"\\\u0000', list: [1, { two: null }] }),
      { ...anEvent(), schemaVersion: '1.1' },
      anEvent(),
    ];
    appended(await store.append(streamName('saga'), NO_STREAM, several, owned));
    for (const max of [1, 7, 4096])
      for (const filter of [{}, { categories: ['saga'] }, { categories: ['nothing'] }])
        for (let after = START, isEnd = false; !isEnd;) {
          const expected = await store.readAll({ after, max, ...filter });
          expect(await reader.readAll({ after, max, ...filter })).toEqual(expected);
          ({ position: after, isEnd } = expected);
        }
    expect(await reader.lastPosition()).toBe(await store.lastPosition());
  });

  it.each([2, 3000, 70_000])('reads many, one with %i bytes of text among them', async (bytes) => {
    const { store, reader } = await opened();
    const events = Array.from({ length: 200 }, (_, index) =>
      anEvent(index % 3 === 0 ? 'Third' : 'Other', {
        index,
        text: 'ö'.repeat(index === 100 ? bytes / 2 : 9),
      }),
    );
    const { events: stored } = appended(
      await store.append(streamName('saga'), NO_STREAM, events, metadata()),
    );
    expect((await reader.readAll({ after: START, max: 4096 })).events).toEqual(stored);
    expect((await store.readAll({ after: START, max: 4096 })).events).toEqual(stored);
  });

  it('reads an append from its middle', async () => {
    const { store, reader } = await opened();
    const events = [anEvent(), anEvent(), anEvent()];
    const { events: stored } = appended(
      await store.append(streamName('saga'), NO_STREAM, events, metadata()),
    );
    const after = stored[0]?.position ?? START;
    expect((await reader.readAll({ after, max: 10 })).events).toEqual(stored.slice(1));
    expect(eventsBetween(START, stored[2]?.position ?? START)).toBe(3);
  });

  it('reports what is missing or cannot be read', async () => {
    const { dataDir, store, reader } = await opened();
    await filled(store, 40);
    const file = new DatabaseSync(join(dataDir, 'log.db'));
    onTestFinished(() => {
      file.close();
    });
    file.exec(
      `UPDATE events SET body = CAST(substr(body, 1, length(body) - 1) || ',' AS BLOB) WHERE position = 4`,
    );
    await expect(reader.readAll({ after: START, max: 40 })).rejects.toThrow(/position 4 cannot be read/);
    file.exec(`UPDATE events SET body = x'00' WHERE position = 3`);
    await expect(reader.readAll({ after: START, max: 10 })).rejects.toThrow(/position 3 cannot be read/);
    file.exec('DELETE FROM events WHERE position = 2');
    await expect(reader.readAll({ after: START, max: 10 })).rejects.toThrow(/position 2 is missing/);
  });
});

describe('a slice of large events', () => {
  // Few rows are read in another way than many.
  it.each([0, 100])('ends early behind %i small ones, and the next one goes on', async (small) => {
    const { store, reader } = await opened();
    if (small > 0) await filled(store, small);
    const { events: before } = await store.readAll({ after: START, max: 4096 });
    const stream = streamName('saga');
    const large: StoredEvent[] = [];
    for (let index = 0; index < 12; index += 1) {
      const event = anEvent('Large', { text: 'ö'.repeat(225_000), index });
      const head = large.at(-1) ?? NO_STREAM;
      large.push(...appended(await store.append(stream, head, [event], metadata())).events);
    }
    const first = await reader.readAll({ after: START, max: 4096 });
    expect(first.isEnd).toBe(false);
    expect(first.events).toEqual([...before, ...large.slice(0, 10)]);
    const rest = await reader.readAll({ after: first.position, max: 4096 });
    expect(rest.events).toEqual(large.slice(10));
    expect(await store.readAll({ after: START, max: 4096 })).toEqual(first);
    const newest = await store.readStream(stream, { from: 'end', direction: 'backwards', max: 4096 });
    expect(newest.events).toEqual(large.toReversed().slice(0, 10));
  });
});
