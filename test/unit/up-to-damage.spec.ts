import { expect, it } from 'vitest';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import { START } from '../../src/infra/event-store/port.ts';
import { upToDamage } from '../../src/infra/event-store/up-to-damage.ts';
import { logOf, logPosition, logReaderOf } from '../support/read-models.ts';
import * as event from '../support/saga-events.ts';

const stored = logOf(...Array.from({ length: 20 }, () => ['saga-a', event.completed] as const));
const BAD = logPosition(13);

const damagedLog = () => {
  const asked: number[] = [];
  const reader = logReaderOf(stored);
  const log = upToDamage({
    ...reader,
    readAll: async (options) => {
      asked.push(options.max);
      const slice = await reader.readAll(options);
      if (slice.events.some(({ position }) => position === BAD)) throw new LogDamaged('saga-a', 13, 'odd');
      return slice;
    },
  });
  return { log, asked };
};

it('gives everything before the damage, in shorter slices, then refuses', async () => {
  const { log } = damagedLog();
  let after = START;
  const reading = async (): Promise<never> => {
    for (;;) after = (await log.readAll({ after, max: 10 })).position;
  };
  await expect(reading()).rejects.toThrow('saga-a is damaged at revision 13');
  expect(after).toBe(logPosition(12));
});

it('reads behind the damage as ever', async () => {
  const { log, asked } = damagedLog();
  const { events, isEnd } = await log.readAll({ after: BAD, max: 10 });
  expect([events.length, isEnd, asked]).toEqual([6, true, [10]]);
});

it('gives on what else is wrong at once', async () => {
  const asked: number[] = [];
  const log = upToDamage({
    readAll: ({ max }) => {
      asked.push(max);
      return Promise.reject(new Error('away'));
    },
  });
  await expect(log.readAll({ after: START, max: 8 })).rejects.toThrow('away');
  expect(asked).toEqual([8]);
});
