// Row F-E-21 of the fault matrix, the adapter's own streams, and what may stand in the address.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionInvalid, connectionFrom } from '../../src/infra/event-store/eventstoredb/connection.ts';
import { systemRandom } from '../../src/infra/clock/system.ts';
import { eventStoreDb } from '../../src/infra/event-store/eventstoredb/eventstoredb.ts';
import { START } from '../../src/infra/event-store/port.ts';
import { aDouble, aNamespace, hurriedClock, messagesOf, openedStore } from '../support/event-store-db.ts';
import { selfSignedCertificate } from '../support/eventstoredb/certificate.ts';
import { filled, readAllOf } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const SECRET = 'hunter2-0d9f';

/** A self-signed certificate and its key, for one host name. */
const certificateFor = (name: string) => {
  const directory = freshDirectory();
  const file = (part: string): string => join(directory, part);
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${name}`];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject].concat(
      ...[
        ['-keyout', file('key.pem')],
        ['-out', file('cert.pem')],
      ],
    ),
    { stdio: 'ignore' },
  );
  const [certificate, key] = [readFileSync(file('cert.pem'), 'utf8'), readFileSync(file('key.pem'), 'utf8')];
  return { certificate, key, file: file('cert.pem') };
};

const secured = (port: number, file: string, user = `admin:${SECRET}`): string =>
  `esdb://${user}@127.0.0.1:${port}?tls=true&tlsCAFile=${encodeURIComponent(file)}`;

/** Tries until it complains of what is expected, then no more; everything it complained of. */
const refused = async (url: string, expected: RegExp): Promise<string> => {
  const troubles: unknown[] = [];
  const abort = new AbortController();
  const opening = eventStoreDb({
    ...{ url, namespace: aNamespace(), clock: hurriedClock(4), random: systemRandom() },
    signal: abort.signal,
    onTrouble: (error) => void troubles.push(error),
  });
  const ended = expect(opening).rejects.toMatchObject({ name: 'StoreUnavailable' });
  await vi.waitFor(() => expect(messagesOf(troubles)).toMatch(expected), { timeout: 20_000, interval: 20 });
  abort.abort();
  await ended;
  return messagesOf(troubles);
};

describe('a connection', () => {
  it('with the right certificate and password is made, and with others not, without a secret in any message (F-E-21)', async () => {
    const good = certificateFor('IP:127.0.0.1');
    const double = await aDouble({ tls: good, credentials: `admin:${SECRET}` });
    const { store } = await openedStore({ url: secured(double.port, good.file) });
    expect(await filled(store, 3)).toHaveLength(3);

    const other = certificateFor('IP:127.0.0.1');
    const elsewhere = certificateFor('DNS:elsewhere.example');
    const misnamed = await aDouble({ tls: elsewhere, credentials: `admin:${SECRET}` });
    const [from, to] = [new Date(Date.now() - 172_800_000), new Date(Date.now() - 86_400_000)];
    const old = selfSignedCertificate({ address: '127.0.0.1', from, to });
    const oldFile = join(freshDirectory(), 'cert.pem');
    writeFileSync(oldFile, old.certificate);
    const expired = await aDouble({ tls: old, credentials: `admin:${SECRET}` });
    const before = double.requests.read;
    const messages = await Promise.all([
      refused(secured(double.port, other.file), /certificate/),
      refused(secured(misnamed.port, elsewhere.file), /certificate|altnames/),
      refused(secured(expired.port, oldFile), /expired/),
      refused(secured(double.port, good.file, `admin:not-${SECRET}`), /unauthenticated/i),
    ]);
    expect(messages.join()).not.toContain(SECRET);
    expect(misnamed.requests).toMatchObject({ read: 0, append: 0 });
    expect(expired.requests).toMatchObject({ read: 0, append: 0 });
    expect(double.requests.read).toBe(before);
  }, 30_000);

  it.each([
    ['http://127.0.0.1', 'form'],
    [`esdb://admin:${SECRET}@`, 'form'],
    [`esdb://admin:${SECRET}@127.0.0.1:99999`, 'host'],
    [`esdb://admin:${SECRET}@127.0.0.1?password=${SECRET}`, 'password'],
    [`esdb://admin:${SECRET}@127.0.0.1?throwOnAppendFailure=false`, 'throwOnAppendFailure'],
    [`esdb://admin:${SECRET}@127.0.0.1?tlsVerifyCert=false`, 'tlsVerifyCert'],
    [`esdb://admin:${SECRET}@127.0.0.1?tls=${SECRET}`, 'tls'],
    [`esdb://admin:${SECRET}%@127.0.0.1`, 'percent-encoded'],
    [`esdb://${SECRET}@127.0.0.1`, 'user:password'],
    [`esdb://a:b@127.0.0.1?tlsCAFile=/nowhere/${SECRET}`, 'tlsCAFile'],
    [`esdb://admin:changeit@127.0.0.1,${SECRET}.example`, 'the one that servers come with'],
  ])('is refused for %s, which names what is wrong and no secret', (url, named) => {
    const reading = () => connectionFrom(url);
    expect(reading).toThrow(ConnectionInvalid);
    expect(reading).toThrow(named);
    expect(reading).not.toThrow(SECRET);
  });

  it.each(['127.0.0.1', 'localhost:2113', '127.0.0.1:1,127.0.0.2'])(
    'may have the password that servers come with on this machine: %s',
    (hosts) => {
      expect(connectionFrom(`esdb://admin:changeit@${hosts}`).credentials?.password).toBe('changeit');
    },
  );

  it('is read from an address with all its parts', () => {
    const connection = connectionFrom('esdb://us%40er:p%3Aw@one:2114,two/?tls=false&keepAliveInterval=20000');
    expect(connection).toMatchObject({
      settings: {
        endpoints: [
          { address: 'one', port: 2114 },
          { address: 'two', port: 2113 },
        ],
        keepAliveInterval: 20_000,
        throwOnAppendFailure: true,
      },
      channel: { insecure: true },
      credentials: { username: 'us@er', password: 'p:w' },
      hosts: ['one:2114', 'two:2113'],
    });
    expect(connectionFrom('esdb://one?TLS=false&keepaliveinterval=20000')).toMatchObject({
      settings: { keepAliveInterval: 20_000 },
      channel: { insecure: true },
    });
    expect(() => connectionFrom('esdb://one?tlsCaFile=/nowhere')).toThrow('the file of tlsCAFile');
    expect(connectionFrom('esdb+discover://nodes').settings).toMatchObject({
      discover: { address: 'nodes', port: 2113 },
    });
  });

  it('refuses a namespace that could be mistaken for another', async () => {
    const double = await aDouble();
    await expect(openedStore({ url: double.url, namespace: 'a.b' })).rejects.toThrow(RangeError);
  });
});

describe('the identity of a log', () => {
  it('is one, whoever comes first', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    const lost = double.faults.dropReply();
    const opened = await Promise.all(
      Array.from({ length: 5 }, () => openedStore({ url: double.url, namespace })),
    );
    expect(new Set(opened.map(({ store }) => store.logId)).size).toBe(1);
    expect(lost.hits()).toBe(1);
    const [first] = opened;
    expect(await first?.store.lastPosition()).toBe(START);
    const { store: other } = await openedStore({ url: double.url, namespace: aNamespace() });
    expect(other.logId).not.toBe(first?.store.logId);
  });
});

describe('checkpoints on a server', () => {
  const at = (commit: number): string => String(commit).padStart(20, '0') + '7'.padStart(20, '0');

  it('never go back where two processes save under one name, also when answers are lost', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    const options = { url: double.url, namespace };
    const [one, two] = [await openedStore(options), await openedStore(options)];
    const lost = double.faults.dropReply(2);
    const saves = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? one : two).store.checkpoints.save('bridge', at(index + 1)),
    );
    await Promise.all(saves);
    expect(lost.hits()).toBe(2);
    await one.store.checkpoints.save('bridge', at(3));
    expect(await two.store.checkpoints.load('bridge')).toBe(at(20));
  });

  it('are kept with both halves of the position, the last one only, and move nobody on', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    const { store } = await openedStore({ url: double.url, namespace });
    const events = await filled(store, 4);
    for (let commit = 1; commit <= 70; commit += 1) await store.checkpoints.save('bridge', at(commit));
    expect(await store.checkpoints.load('bridge')).toBe(at(70));
    expect(double.log.metadata(`${namespace}.checkpoint-bridge`)).toEqual({ maxCount: 1n });
    expect(await store.lastPosition()).toBe(events.at(-1)?.position);
    expect(await readAllOf(store, { max: 3 })).toEqual(events);
  });

  it('say that they cannot be saved while the server is away', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url, clock: hurriedClock(20) });
    await double.stop();
    onTestFinished(double.start);
    await expect(store.checkpoints.save('bridge', at(1))).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.checkpoints.load('bridge')).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });
});
