import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/infra/process/exit-codes.ts';
import { servingText } from '../../src/infra/process/serving-text.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { refusedStart, startSkald } from '../support/skald-server.ts';

describe('what a start says of its address', () => {
  it.each(['0.0.0.0', '::'])('names every address where it listens on every one: %s', (host) => {
    const text = servingText('http://127.0.0.1:8080', host);
    expect(text).toBe(
      `Skald is serving on http://127.0.0.1:8080 and every other address of this machine (HOST ${host})`,
    );
    // As scripts find it.
    expect(/serving on (http:\S+)/.exec(text)?.[1]).toBe('http://127.0.0.1:8080');
  });

  it.each(['127.0.0.1', '::1', 'localhost', '192.0.2.7'])(
    'names the one it is where it is one: %s',
    (host) => {
      expect(servingText('http://192.0.2.7:8080', host)).toBe('Skald is serving on http://192.0.2.7:8080');
    },
  );

  it('is what a server prints', { timeout: 60_000 }, async () => {
    const server = await startSkald(freshDirectory());
    expect(server.output()).toMatch(/^Skald is serving on http:\/\/127\.0\.0\.1:\d+$/m);
  });
});

describe('a directory where the kernel makes none', () => {
  it.runIf(process.platform === 'linux').each([
    ['data', 'DATA_DIR'],
    ['published checkpoints', 'CHECKPOINT_DIR'],
  ])('ends the start: for %s', { timeout: 60_000 }, async (_, setting) => {
    const { exitCode, output } = await refusedStart({
      DATA_DIR: freshDirectory(),
      [setting]: '/proc/skald/made',
    });
    expect(exitCode).toBe(EXIT.io);
    expect(output).toContain('/proc/skald');
  });
});
