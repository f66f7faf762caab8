import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonical } from '../../src/domain/canonical.ts';
import { hashedBytes } from '../../src/infra/event-store/embedded/chain-check.ts';
import {
  metadataReader,
  recordedAtIn,
  skipCommon,
} from '../../src/infra/event-store/embedded/common-bytes.ts';
import { commonWriter } from '../../src/infra/event-store/embedded/metadata-bytes.ts';
import { idOfStream, metadataParts } from '../../src/infra/event-store/embedded/metadata-part.ts';
import { packer } from '../../src/infra/event-store/embedded/packer.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const long = fc.integer({ min: 1, max: 4000 }).map((length) => 'ö"'.repeat(length));
const id = fc.oneof(fc.uuid(), text, fc.constantFrom('same', 'of the stream'));
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const hex = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

const given = fc.record({
  idPart: fc.oneof(fc.uuid(), text),
  ids: fc.tuple(id, id, id),
  actor: fc.record({
    id: fc.constantFrom('billing', 'Zoë "Z"', ''),
    kind: fc.constantFrom('anonymous', 'user', 'service', 'system'),
    source: fc.constantFrom('http', 'bus'),
  }),
  bodyHash: optional(fc.oneof(hex, text)),
  owner: optional(fc.oneof(text, long)),
  ms: fc.integer({ min: 0, max: 2 ** 47 }),
  schemaVersion: fc.constantFrom('1.0', '2.13'),
});

/** One behind the other, of which but for a few nothing but ids and time differs: these are written over the last. */
const alike = fc
  .record({
    causation: fc.constantFrom('same', 'another'),
    correlation: fc.constantFrom('same', 'another', 'of the stream'),
  })
  .chain(({ causation, correlation }) => {
    const other = (id: string) => (id === 'another' ? fc.uuid() : fc.constant(id));
    const plain = fc.record({
      idPart: fc.uuid(),
      ids: fc.tuple(fc.uuid(), other(causation), other(correlation)),
      actor: fc.constant({ id: 'billing', kind: 'service', source: 'http' } as const),
      bodyHash: fc.constant(undefined),
      owner: fc.constant(undefined),
      ms: fc.integer({ min: 0, max: 3 }),
      schemaVersion: fc.constant('1.0'),
    });
    return fc.array(fc.oneof({ weight: 4, arbitrary: plain }, given), { minLength: 2, maxLength: 8 });
  });

type Given = typeof given extends fc.Arbitrary<infer Value> ? Value : never;

const metadataOf = ({ ids, idPart, actor, bodyHash, owner }: Given) => {
  const [commandId, causation, correlation] = ids;
  const named = (one: string): string =>
    one === 'same' ? commandId : one === 'of the stream' ? idPart : one;
  return {
    ...{ actor, commandId, causationId: named(causation), correlationId: named(correlation) },
    ...(bodyHash === undefined ? {} : { bodyHash }),
    ...(owner === undefined ? {} : { owner }),
  };
};

it('is read back, and hashed, exactly as it was given, whatever it is stored as', () => {
  const read = metadataReader();
  const partOf = metadataParts();
  const writeCommon = commonWriter();
  fc.assert(
    fc.property(fc.oneof(fc.array(given, { minLength: 1, maxLength: 4 }), alike), (all) => {
      for (const one of all) {
        const metadata = metadataOf(one);
        const stream = `saga-${one.idPart}`;
        const out = packer(new ArrayBuffer(64));
        writeCommon(out, stream, { metadata, recordedAtMs: one.ms });
        const bytes = out.written();
        const cursor = () => ({ bytes, at: 0, end: bytes.length });
        const end = cursor();
        skipCommon(end);
        expect(end.at).toBe(bytes.length);
        expect(recordedAtIn(cursor())).toBe(one.ms);
        const { schemaVersion } = one;
        const whole = { ...metadata, recordedAt: new Date(one.ms).toISOString(), schemaVersion };
        expect(read(cursor(), stream, schemaVersion)).toEqual(whole);
        const part = partOf(cursor(), idOfStream(stream), schemaVersion);
        expect(part.equals(hashedBytes(canonical(whole)))).toBe(true);
      }
    }),
  );
});
