import { describe, expect, it } from 'vitest';
import { bearerToken } from '../../../src/infra/cli/bearer-token.ts';
import { runInProcess } from '../../support/cli-in-process.ts';

describe('a token from the environment', () => {
  it('is taken without what surrounds it', () => {
    expect(bearerToken(undefined, ' eyJ.a-b_c.d\n')()).toBe('eyJ.a-b_c.d');
    expect(bearerToken(undefined, undefined)()).toBeUndefined();
  });

  it.each(['two\nlines-of-a-secret', 'with space-of-a-secret', 'é-of-a-secret'])(
    'is refused without showing it where it is none: %j',
    (given) => {
      const token = bearerToken(undefined, given);
      expect(token).toThrow('SKALD_TOKEN holds no token');
      expect(token).not.toThrow('of-a-secret');
    },
  );
});

describe('an address with a password', () => {
  it('is a wrong usage, not a server that cannot be reached, and is not shown', async () => {
    const args = ['saga', 'list', '--url', 'http://me:of-a-secret@127.0.0.1:1'];
    const { exitCode, stdout, stderr } = await runInProcess(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('SKALD_TOKEN');
    expect(stderr).not.toContain('of-a-secret');
  });

  it.each(['http://me:of-a-secret@127.0.0.1:99999', 'me:of-a-secret@127.0.0.1:1'])(
    'is not shown either where it is no address at all: %s',
    async (url) => {
      const { exitCode, stderr } = await runInProcess(['saga', 'list', '--url', url]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('not the address of a server: …@127.0.0.1:');
      expect(stderr).not.toContain('of-a-secret');
    },
  );
});
