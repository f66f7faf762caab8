// Tokens as files and secret stores give them.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { client } from '../../sdk/src/client.ts';
import { startWorker, streamServer } from '../support/stream-server.ts';

const asking = (token: string) => {
  const shown: (string | null)[] = [];
  const answer: typeof fetch = (_address, init) => {
    shown.push(new Headers(init?.headers).get('authorization'));
    return Promise.resolve(Response.json({ items: [] }));
  };
  return { shown, skald: client({ url: 'http://127.0.0.1:1', fetch: answer, token }) };
};

describe('a token with a line break behind it', () => {
  it('is shown without it, by a call and by a worker', async () => {
    const { shown, skald } = asking('a.b.c\r\n');
    await skald.runs.list();
    expect(shown).toEqual(['Bearer a.b.c']);
    const server = await streamServer();
    await startWorker(server.url, { token: 'a.b.c\n' });
    expect((await server.line()).authorization).toBe('Bearer a.b.c');
  });
});

describe('what is no token', () => {
  it.each(['a\nb', 'a\u0000b', 'é'])('is refused at once, and shown to nobody: %j', async (token) => {
    const { shown, skald } = asking(token);
    const refused: unknown = await skald.runs.list().catch((error: unknown) => error);
    expect(refused).toEqual(new TypeError('the token holds a character that no bearer token has'));
    expect(inspect(refused)).not.toContain(token);
    expect(shown).toEqual([]);
  });
});
