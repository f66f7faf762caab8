import { KafkaJSConnectionError } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { crashCount } from '../../../src/infra/message-bus/kafka/crash-count.ts';
import { growingOffsets } from '../../../src/infra/message-bus/kafka/growing-offsets.ts';
import { manualClock } from '../../support/manual-clock.ts';

const acknowledged = (baseOffset: string | undefined, partition = 0) => [
  { topicName: 't', partition, errorCode: 0, ...(baseOffset === undefined ? {} : { baseOffset }) },
];

describe('what brokers acknowledge (R-12)', () => {
  it('must name a higher offset each time, for each partition by itself', () => {
    const assertGrowing = growingOffsets();
    assertGrowing(acknowledged('9'));
    assertGrowing(acknowledged('3', 1));
    assertGrowing(acknowledged('10'));
    expect(() => {
      assertGrowing(acknowledged('10'));
    }).toThrow('t/0 acknowledged offset 10 after 10: records may be lost');
  });

  it('may begin again behind the alarm, and must name an offset', () => {
    const assertGrowing = growingOffsets();
    assertGrowing(acknowledged('9'));
    expect(() => {
      assertGrowing(acknowledged('0'));
    }).toThrow();
    assertGrowing(acknowledged('0'));
    expect(() => {
      assertGrowing(acknowledged(undefined));
    }).toThrow('no offset');
  });
});

describe('crashes of a consumer (R-13)', () => {
  const LASTING_MS = 20_000;
  const away = new KafkaJSConnectionError('no broker');

  it('are fatal at the fifth in a row, however often the brokers were away between them', () => {
    const count = crashCount(manualClock(), LASTING_MS);
    const pauses = [1, 2, 3, 4].map(() => {
      expect(count.crashed(away)).toBeGreaterThan(0);
      return count.crashed(new Error('crash'));
    });
    expect(pauses).toEqual([1000, 2000, 4000, 8000]);
    expect(count.crashed(new Error('crash'))).toBe(undefined);
  });

  it('count from the first again after progress, or a session that lasted', async () => {
    const clock = manualClock();
    const count = crashCount(clock, LASTING_MS);
    for (let crashes = 0; crashes < 4; crashes += 1) count.crashed(new Error('crash'));
    count.progressed();
    expect(count.crashed(new Error('crash'))).toBe(1000);
    count.started();
    await clock.advance(LASTING_MS + 1, () => Promise.resolve());
    expect(count.crashed(new Error('crash'))).toBe(1000);
  });
});
