import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/cli-in-process.ts';
import { done, edge } from './edge.ts';
import { listen, openRaw } from './raw-client.ts';

const BASE = '/beta/afk-no';
const under = (some: Parameters<typeof edge>[0] = {}) => edge(some, { basePath: BASE });
const INSTANCE = { valuePerKey: {}, objectCollectionPerKey: {} };
const HEADERS = { sourceApplicationId: '1', correlationId: '0198f3a0-2222-7abc-8def-000000000002' };

describe('a base path', () => {
  it('leads to what is there without it', async () => {
    const app = await under();
    for (const url of ['/actuator/health', '/livez', '/openapi.json', '/api/v1/sagas?limit=1'])
      expect([url, (await app.inject({ url: BASE + url })).statusCode]).toEqual([url, 200]);
    expect((await app.inject({ url: '/livez' })).statusCode).toBe(200);
  });

  it('leads nowhere else', async () => {
    const app = await under();
    for (const url of ['/beta/livez', `${BASE}x/livez`, `${BASE}${BASE}/livez`, '/beta/bfk-no/livez', BASE])
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 404]);
    const wrong = await app.inject({ method: 'DELETE', url: `${BASE}/api/v1/sagas` });
    expect([wrong.statusCode, wrong.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  it('is kept in addresses that are handed out to whoever came that way', async () => {
    const app = await under({ receiveInstance: () => Promise.resolve(done({ instanceId: '7' })) });
    const call = { method: 'POST' as const, payload: { headers: HEADERS, value: INSTANCE } };
    const locationOf = async (url: string) => (await app.inject({ ...call, url })).headers['location'];
    expect(await locationOf(`${BASE}/api/v1/instances`)).toBe(`${BASE}/api/v1/instances/7`);
    expect(await locationOf('/api/v1/instances')).toBe('/api/v1/instances/7');
  });

  it('is in the page of the description, in what it loads, and in what it calls', async () => {
    const app = await under();
    const page = await app.inject({ url: `${BASE}/swagger-ui.html` });
    const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
    expect(assets.length).toBeGreaterThan(4);
    expect(assets.filter((url) => !url.startsWith(`${BASE}/swagger-ui.html/static/`))).toEqual([]);
    for (const url of assets) expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 200]);
    const script = await app.inject({ url: `${BASE}/swagger-ui.html/static/swagger-initializer.js` });
    expect(script.body).toContain(`"${BASE}/openapi.json"`);
    const description: unknown = (await app.inject({ url: `${BASE}/openapi.json` })).json();
    expect(description).toMatchObject({ servers: [{ url: BASE }] });
  });

  it('may stand in the address that the command line is given', async () => {
    const port = await listen(await under());
    for (const end of ['', '/', '//']) {
      const url = `http://127.0.0.1:${port}${BASE}${end}`;
      expect(await runInProcess(['--url', url, 'saga', 'list'])).toMatchObject({ exitCode: 0 });
    }
  });

  it('names no other server where a slash too many stands before it', async () => {
    const port = await listen(await under());
    const outcome = await runInProcess(['--url', `http://127.0.0.1:${port}/${BASE}`, 'saga', 'list']);
    expect(outcome.stderr).toContain('not_found');
  });

  it('leads to sockets', async () => {
    const port = await listen(await under());
    const handshake = [
      `GET ${BASE}/api/v1/feed HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 12',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol: skald.feed.v1',
    ];
    const answer = await openRaw(port, `${handshake.join('\r\n')}\r\n\r\n`).until(/\r\n\r\n/);
    expect(answer).toMatch(/^HTTP\/1\.1 426 /);
  });
});
