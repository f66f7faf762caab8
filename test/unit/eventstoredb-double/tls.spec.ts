import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccessDeniedError } from '@eventstore/db-client';
import { afterEach, describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../support/eventstoredb/certificate.ts';
import { openSession, someEvents } from '../../support/eventstoredb/session.ts';
import type { Session } from '../../support/eventstoredb/session.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';

const DAY = 86_400_000;
const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY);

describe('TLS of the EventStoreDB double', () => {
  let session: Session | undefined;
  afterEach(() => session?.close());

  const serve = async (address: string, from: number, to: number) => {
    const tls = selfSignedCertificate({ address, from: daysFromNow(from), to: daysFromNow(to) });
    const file = join(freshDirectory(), 'authority.pem');
    writeFileSync(file, tls.certificate);
    session = await openSession({ tls, credentials: 'admin:changeit' });
    return { session, file };
  };
  const append = ({ connect, double }: Session, user: string, parameters: string) =>
    connect(`esdb://${user}@127.0.0.1:${double.port}?tls=true${parameters}`).appendToStream(
      'ns.saga-1',
      someEvents('A'),
    );

  it('serves a client that trusts its certificate and has its password', async () => {
    const served = await serve('127.0.0.1', -1, 1);
    const answer = await append(served.session, 'admin:changeit', `&tlsCAFile=${served.file}`);
    expect(answer).toMatchObject({ nextExpectedRevision: 0n });
  });

  it('refuses a wrong password, for streams and not for discovery', async () => {
    const served = await serve('127.0.0.1', -1, 1);
    const attempt = append(served.session, 'admin:wrong', `&tlsCAFile=${served.file}`);
    await expect(attempt).rejects.toBeInstanceOf(AccessDeniedError);
    expect(served.session.double.requests).toMatchObject({ features: 1, append: 0 });
  });

  it('is not believed by a client that does not know its authority', async () => {
    const served = await serve('127.0.0.1', -1, 1);
    const attempt = append(served.session, 'admin:changeit', '');
    await expect(attempt).rejects.toMatchObject({
      details: expect.stringContaining('self-signed') as string,
    });
  });

  it('is not believed for another address', async () => {
    const served = await serve('127.0.0.2', -1, 1);
    const attempt = append(served.session, 'admin:changeit', `&tlsCAFile=${served.file}`);
    await expect(attempt).rejects.toMatchObject({ details: expect.stringContaining('127.0.0.2') as string });
  });

  it('is not believed once its certificate has expired', async () => {
    const served = await serve('127.0.0.1', -2, -1);
    const attempt = append(served.session, 'admin:changeit', `&tlsCAFile=${served.file}`);
    await expect(attempt).rejects.toMatchObject({ details: expect.stringContaining('expired') as string });
  });
});
