// The story of the demo over a real broker.
import { afterAll, describe, expect, it } from 'vitest';
import { playDemo } from '../support/demo.ts';
import { startKafka } from '../support/servers/kafka.ts';

const kafka = await startKafka();
afterAll(kafka.stop);

describe('the demo on Kafka', () => {
  it.each(['http', 'kafka'])(
    'comes to the same end with workers over %s',
    async (workers) => {
      const play = ['--bus', 'kafka', '--brokers', kafka.brokers, '--workers', workers];
      const { exitCode, output } = await playDemo(play);
      expect(output).toContain('bus: kafka');
      expect(output).toContain('7 of 7 parts ended as they must');
      expect(exitCode).toBe(0);
    },
    240_000,
  );

  it('does not see what another deployment on the same broker does', async () => {
    const play = ['--bus', 'kafka', '--brokers', kafka.brokers];
    const both = await Promise.all([playDemo(play), playDemo([...play, '--workers', 'kafka'])]);
    for (const { exitCode, output } of both) {
      expect(output).toContain('7 of 7 parts ended as they must');
      expect(exitCode).toBe(0);
    }
  }, 240_000);
});
