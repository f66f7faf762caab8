import { afterAll, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { connectMongo } from '../../src/infra/mongodb/connect.ts';
import { mongoMailbox } from '../../src/infra/projector/mongodb-mailbox.ts';
import { freshNamespace, urlThrough } from '../support/mongo-stores.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const server = await startMongo();
afterAll(server.stop);
const clock = systemClock();
const namespace = freshNamespace();

const connected = async (url: string) => {
  const connection = await connectMongo({ url, namespace, clock, onTrouble: () => undefined });
  onTestFinished(connection.close);
  return connection;
};

it('goes on serving a projector whose MongoDB was away for a moment', { timeout: 60_000 }, async () => {
  const { hostname, port } = new URL(server.url.replace(/^mongodb/, 'http'));
  const proxy = await tcpProxy(hostname, Number(port));
  onTestFinished(proxy.down);
  const connection = await connected(urlThrough(server.url, proxy.port));
  const over = new AbortController();
  const serving = mongoMailbox(connection, clock).serve(() => Promise.resolve([]), over.signal);
  const ended = serving.then(() => 'ended');
  const asking = mongoMailbox(await connected(server.url), clock);
  expect(await asking.ask({ method: 'states' })).toEqual([]);
  await proxy.down();
  const away = connection.run(() => connection.collection('any').findOne());
  await expect(away).rejects.toMatchObject({ name: 'MongoUnavailable' });
  await proxy.up();
  expect(await Promise.race([asking.ask({ method: 'states' }), ended])).toEqual([]);
  over.abort();
  expect(await ended).toBe('ended');
});

it('performs a call once where its answer could not be posted', { timeout: 60_000 }, async () => {
  const { hostname, port } = new URL(server.url.replace(/^mongodb/, 'http'));
  const proxy = await tcpProxy(hostname, Number(port));
  onTestFinished(proxy.down);
  const connection = await connected(urlThrough(server.url, proxy.port));
  const over = new AbortController();
  const { promise: cut, resolve: onCut } = Promise.withResolvers<undefined>();
  let performed = 0;
  const serving = mongoMailbox(connection, clock).serve(async () => {
    performed += 1;
    if (performed === 1) await proxy.down();
    onCut(undefined);
    return [];
  }, over.signal);
  const asking = mongoMailbox(await connected(server.url), clock);
  const first = asking.ask({ method: 'states' });
  await cut;
  const away = connection.run(() => connection.collection('any').findOne());
  await expect(away).rejects.toMatchObject({ name: 'MongoUnavailable' });
  await proxy.up();
  // Undefined where the server came back too late for whoever asked.
  expect((await first) ?? []).toEqual([]);
  expect(await asking.ask({ method: 'states' })).toEqual([]);
  expect(performed).toBe(2);
  over.abort();
  await serving;
});
