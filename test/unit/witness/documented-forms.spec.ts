// What docs/audit.md says of hashes, leaves and signatures, computed from its words alone: whoever checks a log with
// other tools has nothing else.
import { createPublicKey, hash, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NO_STREAM, START } from '../../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { openLog } from '../../support/open-log.ts';
import { appendTo, witnessing } from '../../support/witnessed-log.ts';

const sha256 = (...parts: readonly Buffer[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer');

const withLength = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const canonicalForm = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );

const hashOf = (before: Buffer, { stream, revision, eventId, type, data, metadata }: StoredEvent): Buffer =>
  sha256(
    before,
    ...[stream, String(revision), eventId, type, canonicalForm(data), canonicalForm(metadata)].map(
      withLength,
    ),
  );

const leafOf = ({ stream, revision, hash: its }: StoredEvent): Buffer =>
  sha256(Buffer.of(0), ...[stream, String(revision), its].map(withLength));

const nodeOf = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.of(1), left, right);

const witnessed = async () => {
  const store = await openLog();
  const { sign, keys } = witnessing(store);
  const head = await appendTo(store, 'saga-ä', NO_STREAM);
  await appendTo(store, 'saga-ä', head);
  for (const stream of ['saga-b', 'saga-c']) await appendTo(store, stream, NO_STREAM);
  const last = await store.lastPosition();
  const { events } = await store.readAll({ after: START, max: 10 });
  return { events, last, checkpoint: await sign(), key: createPublicKey(readFileSync(keys.publicKey)) };
};

it('the hash of an event is over the hash before it and its parts, each with its length', async () => {
  const { events } = await witnessed();
  const [first, second] = events.filter(({ stream }) => stream === 'saga-ä');
  if (first === undefined || second === undefined) return expect.fail('two events of one stream');
  const hashOfFirst = hashOf(Buffer.alloc(32), first);
  expect([first.hash, second.hash]).toEqual([
    hashOfFirst.toString('hex'),
    hashOf(hashOfFirst, second).toString('hex'),
  ]);
});

it('a checkpoint signs the tree over the heads of the streams, by name, and the order of all events', async () => {
  const { events, last, checkpoint } = await witnessed();
  const [, ofA, ofB, ofC] = events.slice(0, 4);
  if (ofA === undefined || ofB === undefined || ofC === undefined) return expect.fail('four events');
  // By name: `ä` stands behind `b` and `c`.
  const root = nodeOf(nodeOf(leafOf(ofB), leafOf(ofC)), leafOf(ofA));
  const order = events.slice(0, 4).map((event) => `${event.stream} ${event.revision} ${event.hash}\n`);
  expect(checkpoint).toMatchObject({
    ...{ number: 1, events: 4, streams: 3, upTo: last, previous: '0'.repeat(64) },
    root: root.toString('hex'),
    order: sha256(Buffer.from(order.join(''))).toString('hex'),
  });
});

it('a signature is over the canonical form of the checkpoint without its last two fields', async () => {
  const { checkpoint, key } = await witnessed();
  const { publicKey, signature, ...stated } = checkpoint;
  expect(publicKey).toBe(key.export({ format: 'der', type: 'spki' }).toString('base64'));
  expect(verify(null, Buffer.from(canonicalForm(stated)), key, Buffer.from(signature, 'base64'))).toBe(true);
});
