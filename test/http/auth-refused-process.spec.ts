// The program with JWT_REFUSED_FILE.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { readExposition } from '../support/exposition.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call } from '../support/http-calls.ts';
import { refusedStart, startSkald } from '../support/skald-server.ts';
import { AUDIENCE, claimsFor, signer } from '../support/tokens.ts';

/** Answered from the first moment on, whatever read models do. */
const METRICS = '/metrics';

describe('a server with JWT_REFUSED_FILE', { timeout: 60_000 }, () => {
  const settings = () => {
    const directory = freshDirectory();
    const files = { key: join(directory, 'key.pub.pem'), list: join(directory, 'refused.json') };
    const key = signer();
    writeFileSync(files.key, key.pem);
    const env = { AUTH: 'jwt', JWT_AUDIENCE: AUDIENCE, JWT_PUBLIC_KEY_FILE: files.key };
    return { key, files, data: join(directory, 'data'), env: { ...env, JWT_REFUSED_FILE: files.list } };
  };

  it('does not start without a proper list', async () => {
    const { env, files, data } = settings();
    const gone = await refusedStart({ ...env, DATA_DIR: data });
    expect([gone.exitCode, gone.output]).toEqual([
      78,
      expect.stringContaining('JWT_REFUSED_FILE cannot be read'),
    ]);
    writeFileSync(files.list, '{"subjects":["erik"]}');
    const wrong = await refusedStart({ ...env, DATA_DIR: data });
    expect([wrong.exitCode, wrong.output]).toEqual([
      78,
      expect.stringContaining('JWT_REFUSED_FILE is no list'),
    ]);
  });

  it('keeps the last list of a file that is gone, and counts that', async () => {
    const { env, files, data, key } = settings();
    writeFileSync(files.list, '{"subjects":[{"sub":"erik"}]}');
    const { address } = await startSkald(data, env);
    const headersOf = async (subject: string) => ({
      authorization: `Bearer ${await key.sign(claimsFor(subject, ['viewer'], { nowMs: systemClock().now() }))}`,
    });
    const [erik, anna] = [await headersOf('erik'), await headersOf('anna')];
    const statusOf = async (headers: Record<string, string>) =>
      (await call(address + METRICS, { headers })).status;
    expect([await statusOf(erik), await statusOf(anna)]).toEqual([401, 200]);
    rmSync(files.list);
    await vi.waitFor(
      async () => {
        const { text } = await call(address + METRICS, { headers: anna });
        expect(readExposition(text).valueOf('skald_refused_list_failures_total')).toBe(1);
      },
      { timeout: 30_000, interval: 50 },
    );
    expect([await statusOf(erik), await statusOf(anna)]).toEqual([401, 200]);
  });
});
