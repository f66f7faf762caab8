import { once } from 'node:events';
import { createServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { connectMongo } from '../../src/infra/mongodb/connect.ts';
import { exitCodeOf } from '../../src/infra/process/exit-codes.ts';
import { selfSignedCertificate } from '../support/eventstoredb/certificate.ts';

const SECRET = 'hunter2-7c1e';

/** Why an address is refused before anybody is asked at it. */
const refusalOf = (url: string): Promise<unknown> =>
  connectMongo({
    ...{ url, namespace: 'skald', clock: systemClock() },
    onTrouble: (error) => {
      throw error;
    },
  }).catch((error: unknown) => error);

describe('an address of MongoDB', () => {
  it.each([
    'tls=true&tlsInsecure=true',
    'tls=true&tlsAllowInvalidCertificates=true',
    'tls=true&TLSALLOWINVALIDHOSTNAMES=true',
  ])('does not make Skald believe whoever answers: %s (S-94)', async (query) => {
    const error = await refusalOf(`mongodb://skald:${SECRET}@127.0.0.1:1/skald?${query}`);
    expect([exitCodeOf(error), String(error)]).toEqual([78, expect.stringContaining('every certificate')]);
    expect(String(error)).not.toContain(SECRET);
  });

  it('that is malformed is refused without being told', async () => {
    const error = await refusalOf(`mongodb://skald:${SECRET}@@127.0.0.1:x/?w=`);
    expect([exitCodeOf(error), String(error)]).toEqual([78, expect.stringContaining('malformed')]);
    expect(String(error)).not.toContain(SECRET);
  });
});

/** Somebody who takes connections over TLS, with a certificate of their own making. */
const impostor = async () => {
  const [from, to] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
  const { certificate: cert, key } = selfSignedCertificate({ address: '127.0.0.1', from, to });
  const heard: Buffer[] = [];
  const server = createServer({ cert, key }, (socket) =>
    socket.on('data', (bytes: Buffer) => heard.push(bytes)),
  );
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const place = server.address();
  if (place === null || typeof place === 'string') throw new Error('no port');
  return { port: place.port, heard };
};

describe('a MongoDB whose certificate nobody that is trusted has signed', () => {
  it('is told nothing, and waited for as if it were away', { timeout: 30_000 }, async () => {
    const { port, heard } = await impostor();
    const stop = new AbortController();
    const troubles: string[] = [];
    const connecting = connectMongo({
      url: `mongodb://skald:${SECRET}@127.0.0.1:${port}/skald?tls=true`,
      ...{ namespace: 'skald', clock: systemClock(), signal: stop.signal },
      onTrouble: (error) => {
        troubles.push(String(error));
        stop.abort();
      },
    });
    await expect(connecting).rejects.toThrow(/abort/i);
    expect(troubles.join()).toMatch(/self-signed certificate/);
    expect(troubles.join()).not.toContain(SECRET);
    expect(heard).toEqual([]);
  });
});
