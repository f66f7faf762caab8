import { expect, it, onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { anEvent, appended, metadata, streamName } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

const storeAt = async (dataDir: string) => {
  const time = { now: NOON };
  const store = await embeddedEventStore({ dataDir, clock: { now: () => time.now } });
  onTestFinished(() => store.close());
  const recordedAt = async (now: number): Promise<unknown> => {
    time.now = now;
    const [event] = appended(
      await store.append(streamName('saga'), NO_STREAM, [anEvent()], metadata()),
    ).events;
    return event?.metadata.recordedAt;
  };
  return { store, recordedAt };
};

it('the time of an event is not before that of the one before it, though the clock goes back (F-P-09)', async () => {
  const dataDir = freshDirectory();
  const { store, recordedAt } = await storeAt(dataDir);
  expect(await recordedAt(NOON)).toBe('2026-01-01T12:00:00.000Z');
  expect(await recordedAt(NOON - 60_000)).toBe('2026-01-01T12:00:00.000Z');
  expect(await recordedAt(NOON + 1)).toBe('2026-01-01T12:00:00.001Z');
  await store.close();
  const again = await storeAt(dataDir);
  expect(await again.recordedAt(NOON - 60_000)).toBe('2026-01-01T12:00:00.001Z');
  expect(await again.recordedAt(NOON + 2)).toBe('2026-01-01T12:00:00.002Z');
});
