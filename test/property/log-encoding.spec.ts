import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/domain/canonical.ts';
import type { AppendMetadata } from '../../src/domain/event.ts';
import { commonOf } from '../../src/infra/event-store/embedded/common.ts';
import { encode } from '../../src/infra/event-store/embedded/encode.ts';
import { eventBytes } from '../../src/infra/event-store/embedded/event-bytes.ts';
import { appendsOf, flatAppends } from '../../src/infra/event-store/embedded/flat-appends.ts';
import { metadataTexts } from '../../src/infra/event-store/embedded/metadata-text.ts';
import type { AppendRequest } from '../../src/infra/event-store/embedded/protocol.ts';
import { isUuid } from '../../src/infra/event-store/embedded/uuid-bytes.ts';
import { chainHash, ZERO_HASH } from '../../src/infra/event-store/hash.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.uuid());
// Never `__proto__`, which has no canonical form.
const key = text.map((one) => `k${one}`);
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

const metadata: fc.Arbitrary<AppendMetadata> = fc
  .record({
    actor: fc.record({
      kind: fc.constantFrom('anonymous', 'user', 'service', 'system'),
      id: text,
      source: text,
    }),
    bodyHash: fc.option(text, { nil: undefined }),
    causationId: text,
    commandId: text,
    correlationId: text,
    owner: fc.option(text, { nil: undefined }),
  })
  .map(({ bodyHash, owner, ...rest }) => ({
    ...rest,
    ...(bodyHash === undefined ? {} : { bodyHash }),
    ...(owner === undefined ? {} : { owner }),
  }));

const event = fc.record({
  eventId: fc.uuid(),
  type: name,
  schemaVersion: name,
  data: fc.dictionary(key, fc.oneof(text, fc.integer())).map(canonical),
});

const append: fc.Arbitrary<AppendRequest> = fc.record({
  stream: name,
  expected: fc.record({ revision: fc.integer({ min: -1, max: 5000 }), hash: fc.constant(ZERO_HASH) }),
  metadata,
  events: fc.array(event, { minLength: 1, maxLength: 4 }),
});

describe('an append on its way into the log', () => {
  it('has the canonical metadata that any writer would make', () => {
    const textOf = metadataTexts();
    const recordedAt = '2026-01-02T03:04:05.678Z';
    fc.assert(
      fc.property(metadata, name, name, (own, ...versions) => {
        const ofVersion = textOf(own, recordedAt);
        for (const schemaVersion of versions)
          expect(ofVersion(schemaVersion)).toBe(canonical({ ...commonOf(own), recordedAt, schemaVersion }));
      }),
    );
  });

  it('reaches the writer as it was, whatever goes with it', () => {
    fc.assert(
      fc.property(fc.array(append, { maxLength: 5 }), (appends) => {
        const flat = flatAppends();
        appends.forEach(flat.add);
        expect(appendsOf(structuredClone(flat.take()))).toEqual(appends);
        expect(appendsOf(flat.take())).toEqual([]);
      }),
    );
  });

  it('has the hashes of the chain, and bodies that end with the data', () => {
    const bytesOf = eventBytes();
    const time = { recordedAtMs: 0, recordedAt: '1970-01-01T00:00:00.000Z' };
    fc.assert(
      fc.property(append, (request) => {
        const bytes = bytesOf(request, time);
        let prev = ZERO_HASH;
        request.events.forEach((one, index) => {
          const { hash, body } = bytes(one, index, prev);
          const { recordedAt } = time;
          const whole = canonical({ ...request.metadata, recordedAt, schemaVersion: one.schemaVersion });
          const revision = request.expected.revision + 1 + index;
          prev = chainHash(prev, { ...one, stream: request.stream, revision, metadata: whole });
          expect(hash).toBe(prev);
          const stored = Buffer.from(body);
          expect(stored.toString('hex', 0, 32)).toBe(prev);
          expect(stored.subarray(-Buffer.byteLength(one.data)).toString()).toBe(one.data);
        });
      }),
    );
  });

  it('is refused where a text of its metadata is no text', () => {
    const event = { eventId: randomUUID(), type: 'A', schemaVersion: '1.0', data: {} };
    const actor = { kind: 'service', id: 'billing', source: 'http' } as const;
    const ids = { commandId: 'a', causationId: 'b', correlationId: 'c' };
    const refused = (own: AppendMetadata) =>
      encode({ stream: 'saga-1', expected: NO_STREAM, events: [event], metadata: own });
    const lone = '\ud800';
    for (const own of [
      { actor: { ...actor, id: lone }, ...ids },
      { actor: { ...actor, source: lone }, ...ids },
      { actor, ...ids, commandId: lone },
      { actor, ...ids, causationId: lone },
      { actor, ...ids, correlationId: lone },
      { actor, ...ids, bodyHash: lone },
      { actor, ...ids, owner: lone },
    ])
      expect(refused(own)).toMatchObject({ kind: 'refused', code: 'not_encodable' });
  });
});

describe('an id', () => {
  const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  const digit = fc.nat(15).map((value) => value.toString(16));
  const almost = fc
    .tuple(fc.uuid(), fc.nat(35), fc.oneof(digit, fc.constantFrom('-', 'A', 'g', '/', ':', '`', 'é')))
    .map(([id, at, char]) => id.slice(0, at) + char + id.slice(at + 1));

  it('is taken as one where it is 32 lower-case digits with dashes in their places', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uuid(), almost, text), (id) => {
        expect(isUuid(id)).toBe(UUID.test(id));
      }),
    );
  });
});
