import { describe, expect, it } from 'vitest';
import { cliWorld } from '../support/cli-world.ts';

describe('skald audit verify --category', () => {
  it('does not call a category intact that has no stream', { timeout: 120_000 }, async () => {
    const { skald, completed, server } = await cliWorld();
    await completed();
    // One after the other: offline, each locks the data directory.
    const verify = async (...args: readonly string[]) => {
      const there = await skald('audit', 'verify', '--category', 'saga', ...args);
      return [there, await skald('audit', 'verify', '--category', 'sagas', ...args)];
    };
    const missing = { exitCode: 3, stdout: '' };
    const [there, notThere] = await verify();
    expect(there).toMatchObject({ exitCode: 0 });
    expect(notThere).toMatchObject(missing);
    expect(notThere?.stderr).toContain('No stream of this category: sagas');
    await server.stop();
    expect(await verify('--offline')).toMatchObject([{ exitCode: 0 }, missing]);
  });
});
