// What somebody could write who has a bundle, and not the key that signed its checkpoints.
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canonical } from '../../../src/domain/canonical.ts';
import { trustedKeys } from '../../../src/infra/cli/audit/trusted-keys.ts';
import { verifyBundle } from '../../../src/infra/cli/bundle/verify-bundle.ts';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { chainHash, hashOfStored, ZERO_HASH } from '../../../src/infra/event-store/hash.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { appendTo, witnessing } from '../../support/witnessed-log.ts';

const STREAM = 'saga-a';
const LAST = 3;
const chain = { zero: ZERO_HASH, hash: hashOfStored };

type Event = Pick<StoredEvent, 'stream' | 'revision' | 'eventId' | 'type' | 'data' | 'metadata' | 'hash'>;

/** Four events of one stream, and the checkpoint that signs the last of them. */
const signedStream = async () => {
  const store = await embeddedEventStore({ dataDir: freshDirectory() });
  onTestFinished(() => store.close());
  const { sign, publicKey } = witnessing(store);
  let head = await appendTo(store, STREAM, NO_STREAM);
  while (head.revision < LAST) head = await appendTo(store, STREAM, head);
  const checkpoint = await sign();
  const read = await store.readStream(STREAM, { from: 0, direction: 'forwards', max: 10 });
  const events = read.events.map((event): Event => {
    const { stream, revision, eventId, type, data, metadata } = event;
    return { stream, revision, eventId, type, data, metadata, hash: event.hash };
  });
  const signed = { stream: STREAM, revision: LAST, hash: events.at(-1)?.hash };
  const proof = { kind: 'proof', ...signed, checkpoint: checkpoint.number, index: 0, path: [] };
  const text = (held: readonly Event[], said: Said = {}): string =>
    bundleOf(held, { checkpoint, proof, ...said });
  const check = (bundle: string | Buffer) => {
    const path = join(freshDirectory(), 'a.bundle');
    writeFileSync(path, bundle);
    return verifyBundle(path, chain, trustedKeys(publicKey));
  };
  return { events, text, check };
};

type Said = { readonly what?: string; readonly first?: number; readonly prev?: string };
type Signed = Said & { readonly checkpoint: { readonly logId: string }; readonly proof: object };

const bundleOf = (events: readonly Event[], { checkpoint, proof, ...said }: Signed): string => {
  const { logId } = checkpoint;
  const { what = STREAM, first = 0, prev = ZERO_HASH } = said;
  const range = { stream: STREAM, first, last: first + events.length - 1, prev };
  const lines = [
    { kind: 'header', format: 1, logId, madeAt: '2026-01-01T00:00:00.000Z', what },
    ...events.map((event) => ({ kind: 'event', ...event })),
    { kind: 'stream', ...range },
    { kind: 'checkpoint', checkpoint },
    proof,
  ];
  return sealed(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n`, events.length);
};

const sealed = (body: string, events: number): string => sealedBytes(Buffer.from(body), events).toString();

const sealedBytes = (body: Buffer, events: number): Buffer => {
  const last = { kind: 'trailer', events, streams: 1, sha256: hash('sha256', body) };
  return Buffer.concat([body, Buffer.from(`${JSON.stringify(last)}\n`)]);
};

/** The same events as somebody else's, chained as they must be. */
const forged = (events: readonly Event[]): readonly Event[] => {
  let prev = ZERO_HASH;
  return events.map((event) => {
    const metadata = { ...event.metadata, actor: { kind: 'user', id: 'mallory', source: 'http' } } as const;
    const texts = { data: canonical(event.data), metadata: canonical(metadata) };
    prev = chainHash(prev, { ...event, ...texts });
    return { ...event, metadata, hash: prev };
  });
};

describe('skald audit verify-bundle', () => {
  it('takes a proof of events that lead to the one that was signed', async () => {
    const { events, text, check } = await signedStream();
    expect(await check(text(events))).toMatchObject({ isIntact: true, proven: 4, notYetCovered: 0 });
  });

  it('takes none of events before a signed one that is not there', async () => {
    const { events, text, check } = await signedStream();
    const detail = expect.stringContaining('is of an event that is not here') as string;
    expect(await check(text(forged(events.slice(0, -1))))).toMatchObject({
      ...{ isIntact: false, proven: 0, notYetCovered: 3 },
      findings: [{ stream: STREAM, revision: LAST, detail }],
    });
  });

  it('takes no line that another program may read in another way', async () => {
    const { events, text, check } = await signedStream();
    const body = text(events).split('\n').slice(0, -2);
    const changed = (from: string, to: string) => body.map((line) => line.replace(from, to));
    for (const lines of [
      changed('"kind":"event",', '"kind":"event","type":"SagaCancelled",'),
      changed('"revision":3,', '"revision":3.0,'),
      changed('"metadata":{', '"metadata":{"__proto__":{"recordedAt":"2020-01-01T00:00:00.000Z"},'),
      changed('"data":{', String.raw`"data":{"a":"\ud800",`),
    ])
      expect(await check(sealed(`${lines.join('\n')}\n`, events.length))).toMatchObject({ isIntact: false });
    const strange = Buffer.from(`${changed('"madeAt":"', '"madeAt":"\u00ff').join('\n')}\n`, 'latin1');
    expect(await check(sealedBytes(strange, events.length))).toMatchObject({ isIntact: false });
  });

  it('takes no definition that nothing in it is pinned to', async () => {
    const { events, text, check } = await signedStream();
    const lines = text(events).split('\n').slice(0, -2);
    const definition = { kind: 'definition', sha256: hash('sha256', '{}'), definition: {} };
    const body = [...lines, JSON.stringify(definition), ''].join('\n');
    const detail = expect.stringContaining('no event here is pinned to the definition') as string;
    const found = await check(sealed(body, events.length));
    expect(found).toMatchObject({ isIntact: false, findings: [{ detail }] });
  });

  it('is held against what it says that it holds', async () => {
    const { events, text, check } = await signedStream();
    const elsewhere = 'it is not of what the bundle says it holds';
    for (const [what, says] of [
      [STREAM, undefined],
      ['everything from 2000-01-01T00:00:00.000Z to 2100-01-01T00:00:00.000Z', undefined],
      ['category saga', undefined],
      ['category sag', elsewhere],
      ['saga-b', elsewhere],
      ['everything to 2000-01-01T00:00:00.000Z', 'it was not recorded in the time'],
      ['everything from 2100-01-01T00:00:00.000Z', 'it was not recorded in the time'],
      ['all that there is', 'it does not say what the bundle holds'],
    ] as const) {
      const found = await check(text(events, { what }));
      expect(found.isIntact, what).toBe(says === undefined);
      expect(found.findings[0]?.detail ?? '').toContain(says ?? '');
    }
  });

  it('knows a beginning that was taken away from one of which only a time was asked for', async () => {
    const { events, text, check } = await signedStream();
    const cut = { first: 2, prev: events[1]?.hash ?? '' };
    const from = { what: `${STREAM} from 2000-01-01T00:00:00.000Z`, ...cut };
    expect(await check(text(events.slice(2), from))).toMatchObject({ isIntact: true, proven: 2 });
    const detail = expect.stringContaining('its beginning is missing') as string;
    expect(await check(text(events.slice(2), cut))).toMatchObject({
      isIntact: false,
      findings: [{ detail }],
    });
  });
});
