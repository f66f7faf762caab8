// Categories with few events are read by stream, those with many by going through the log: both say the same.
import { expect, it, onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const MANY = 2100;
const actor = { kind: 'system', id: 'test', source: 'test' } as const;

const filled = async () => {
  const store = await embeddedEventStore({ dataDir: freshDirectory() });
  onTestFinished(store.close);
  let number = 0;
  const append = (stream: string) => {
    number += 1;
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    const event = { eventId: id, type: 'Noted', schemaVersion: '1.0', data: {} };
    const metadata = { commandId: id, causationId: id, correlationId: id, actor };
    return store.append(stream, NO_STREAM, [event], metadata);
  };
  const streams = Array.from({ length: MANY }, (_, index) =>
    index % 700 === 0 ? [`few-${String(index)}`, `many-${String(index)}`] : [`many-${String(index)}`],
  );
  await Promise.all([...streams.flat(), 'fewer-1', 'few.1'].map(append));
  return store;
};

const readInPages = async (store: EventStore, max: number, categories?: readonly string[]) => {
  const read: string[] = [];
  let [after, isEnd] = [START, false];
  while (!isEnd) {
    const slice = await store.readAll({ after, max, ...(categories === undefined ? {} : { categories }) });
    read.push(...slice.events.map(({ stream }) => stream));
    [after, isEnd] = [slice.position, slice.isEnd];
  }
  return read;
};

it.each([[['few']], [['many']], [['few', 'many']], [['fewer']], [['none']]])(
  'reads %j',
  async (categories) => {
    const store = await filled();
    const all = await readInPages(store, 4096);
    const wanted = all.filter((stream) => categories.includes(stream.split('-')[0] ?? ''));
    expect(await readInPages(store, 2, ['few'])).toHaveLength(3);
    expect(await readInPages(store, 500, categories)).toEqual(wanted);
  },
);
