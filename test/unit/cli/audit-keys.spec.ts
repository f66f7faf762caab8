import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withPublished } from '../../../src/infra/cli/audit/checkpoints.ts';
import { makeSigningKey } from '../../../src/infra/cli/audit/keygen.ts';
import { publishedCheckpoints } from '../../../src/infra/cli/audit/published.ts';
import { CLI_EXIT } from '../../../src/infra/cli/exit-codes.ts';
import { trustedKeys } from '../../../src/infra/cli/audit/trusted-keys.ts';
import { makeKey } from '../../../src/infra/cli/token/development-key.ts';
import { checkpointData } from '../../support/checkpoints.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';

describe('a pair of keys', () => {
  it.each([
    { what: 'that signs checkpoints', make: makeSigningKey },
    { what: 'that signs tokens', make: (directory: string) => makeKey(directory, 'EdDSA') },
  ])('$what is not made beside half of another one', ({ make }) => {
    const directory = freshDirectory();
    const { privateKey } = make(directory);
    rmSync(privateKey);
    expect(() => make(directory)).toThrow(
      expect.objectContaining({
        exit: CLI_EXIT.conflict,
        message: expect.stringContaining('no key was made') as string,
      }),
    );
    expect(existsSync(privateKey)).toBe(false);
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it.runIf(process.platform === 'linux')('is not made where the kernel makes no directory', () => {
    const message = expect.stringContaining('/proc/skald') as string;
    const makers = [makeSigningKey, (directory: string) => makeKey(directory, 'ES256')];
    for (const make of makers)
      expect(() => make('/proc/skald/made')).toThrow(
        expect.objectContaining({ exit: CLI_EXIT.failure, message }),
      );
  });
});

describe('published checkpoints', () => {
  it('are held against those of the same number, also behind one that is not sound', () => {
    const details: string[] = [];
    const [first, second, third] = [1, 2, 3].map(checkpointData);
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('there are three');
    const published = [first, second, third];
    const judged = withPublished([first, third], published, ({ detail }) => void details.push(detail));
    expect(details).toEqual(['checkpoint 2 was published and is not in the log, or not sound there']);
    expect(judged).toEqual(published);
  });

  it('are not looked for in vain: a directory without any is the wrong one', () => {
    const directory = freshDirectory();
    writeFileSync(join(directory, 'notes.txt'), '');
    expect(() => publishedCheckpoints(directory, trustedKeys(undefined))).toThrow('holds no checkpoints');
  });
});
