import { EventEmitter } from 'node:events';
import { KafkaJSConnectionError } from 'kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { crashCount } from '../../../src/infra/message-bus/kafka/crash-count.ts';
import { growingOffsets } from '../../../src/infra/message-bus/kafka/growing-offsets.ts';
import { watchLife } from '../../../src/infra/message-bus/kafka/signs-of-life.ts';
import { quietNegativeTimeouts } from '../../../src/infra/message-bus/kafka/timeout-warning.ts';
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

describe('a consumer that stops in silence (9.2 G)', () => {
  const settled = () => Promise.resolve();
  const watched = () => {
    const clock = manualClock();
    const consumer = new EventEmitter();
    const stop = new AbortController();
    const silences: number[] = [];
    watchLife(consumer, { clock, everyMs: 1000, until: stop.signal }, () => void silences.push(clock.now()));
    return { clock, consumer, stop, silences };
  };

  it('is told of once, after more than three intervals without a sign', async () => {
    const { clock, silences } = watched();
    const from = clock.now();
    await clock.advance(3999, settled);
    expect(silences).toEqual([]);
    await clock.advance(60_000, settled);
    expect(silences.map((at) => at - from)).toEqual([4000]);
  });

  it.each(['consumer.fetch_start', 'consumer.heartbeat', 'consumer.group_join'])(
    'is none while it shows %s',
    async (sign) => {
      const { clock, consumer, silences } = watched();
      for (let count = 0; count < 20; count += 1) {
        await clock.advance(3000, settled);
        consumer.emit(sign);
      }
      expect(silences).toEqual([]);
    },
  );

  it('is none once it was stopped', async () => {
    const { clock, stop, silences } = watched();
    stop.abort();
    await clock.advance(60_000, settled);
    expect(silences).toEqual([]);
  });
});

describe('times gone by that kafkajs waits for (9.2 J)', () => {
  it('are waited for without a warning; others are warned of theirs', async () => {
    quietNegativeTimeouts();
    const warned: string[] = [];
    const note = ({ message }: Error): void => void warned.push(message);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    // As Node says it, once in a process; who asked is known by the stack.
    const warn = (text: string): void => {
      process.emitWarning(text, 'TimeoutNegativeWarning');
    };
    const kafkajs = (): void => {
      warn('-7 is a negative number');
    };
    kafkajs();
    warn('-8 is a negative number');
    await new Promise((resolve) => setImmediate(resolve));
    expect(warned).toEqual(['-8 is a negative number']);
  });
});
