// The demo beside its plain form, which CI plays by itself.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { playDemo } from '../support/demo.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { startSkald } from '../support/skald-server.ts';

const ALL = '7 of 7 parts ended as they must';
const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const SLOW = { timeout: 120_000 };

describe('the demo', () => {
  it.each([
    ['on the embedded bus', 'kafka'],
    ['made with the SDK', 'sdk'],
  ])('comes to the same end with workers %s', SLOW, async (_how, workers) => {
    const { exitCode, output } = await playDemo(['--workers', workers]);
    expect(output).toContain(`workers over ${workers}`);
    expect(output).toContain(ALL);
    expect(exitCode).toBe(0);
  });

  it('has the worker that the README shows, in 15 lines', () => {
    const worker = read('examples/demo/sdk-worker.ts');
    expect(worker.trimEnd().split('\n')).toHaveLength(15);
    expect(read('README.md')).toContain(`\`\`\`ts\n${worker}\`\`\`\n`);
  });

  it('can be played again and again on a server that is there', SLOW, async () => {
    const dataDir = freshDirectory();
    const { address } = await startSkald(dataDir);
    for (const workers of ['http', 'kafka']) {
      const play = ['--url', address, '--data-dir', dataDir, '--workers', workers];
      const { exitCode, output } = await playDemo(play);
      expect(output).toContain(ALL);
      expect(exitCode).toBe(0);
    }
  });

  it('says which parts it does not play on a server without a bus', SLOW, async () => {
    const { address } = await startSkald(freshDirectory(), { BUS: 'off' });
    const { exitCode, output } = await playDemo(['--url', address]);
    expect(output.match(/not played: it needs a bus/g)).toHaveLength(2);
    expect(output).toContain('5 of 7 parts ended as they must, 2 were not played');
    expect(exitCode).toBe(0);
  });

  it.each([
    [['--bus', 'carrier-pigeon'], '--bus is one of embedded, kafka, off'],
    [['--bus', 'kafka'], '--bus kafka needs --brokers or KAFKA_BROKERS'],
    [['--bus', 'off', '--workers', 'kafka'], '--workers kafka needs a bus'],
    [['--url', 'http://127.0.0.1:1', '--bus', 'embedded'], "needs the server's --data-dir"],
    [['--data-dir', 'data'], 'they need --url'],
    [['--url', 'here'], '--url is an address'],
    [['--speed', 'fast'], "Unknown option '--speed'"],
  ])('refuses %j and says why', async (args, why) => {
    const { exitCode, output } = await playDemo(args);
    expect(output).toContain(why);
    expect(exitCode).toBe(64);
  });

  it('explains its options', async () => {
    const { exitCode, output } = await playDemo(['--help']);
    for (const option of ['--bus', '--brokers', '--workers', '--url', '--data-dir', '--topic-prefix'])
      expect(output).toContain(option);
    expect(exitCode).toBe(0);
  });
});
