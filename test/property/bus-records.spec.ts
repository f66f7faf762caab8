import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOfNumber } from '../../src/infra/message-bus/embedded/header-names.ts';
import { recordPacker, unpackRecords } from '../../src/infra/message-bus/embedded/packed-records.ts';
import { readRecord } from '../../src/infra/message-bus/embedded/record-bytes.ts';
import type { OutHeader, OutRecord } from '../../src/infra/message-bus/port.ts';
import { mostBytesOf, sizeOf } from '../../src/infra/message-bus/record-size.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom('a', 'ñ', '\u{20ac}', '\u{1f600}'), minLength: 80, maxLength: 260 }),
);
const piece = fc.uint8Array({ maxLength: 300 });
const headerName = fc.oneof(fc.constantFrom('ce_id', 'content-type', 'correlationid', ''), text);
const pair = (name: string, content: string | Uint8Array): OutHeader => [name, content];
const header = fc.tuple(headerName, fc.oneof(text, piece, fc.constant('key'))).map((one) => pair(...one));
const record: fc.Arbitrary<OutRecord> = fc.record({
  topic: fc.constantFrom('a', 'b', 'c'),
  key: fc.oneof(fc.constant(null), fc.constant('key'), text),
  value: fc.option(fc.oneof(piece, text, fc.uint8Array({ minLength: 30_000, maxLength: 40_000 }))),
  headers: fc.array(header, { maxLength: 14 }),
});

const hexOf = (content: string | Uint8Array | null): string | null =>
  content === null ? null : Buffer.from(content).toString('hex');

const expected = ({ topic, key, value, headers }: OutRecord) => ({
  topic,
  partitionKey: hexOf(key),
  key: hexOf(key),
  value: hexOf(value),
  headers: headers.map(([name, content]) => [Buffer.from(name).toString(), hexOf(content)]),
});

describe('records as bytes', () => {
  it('have no numbers in them that an earlier program with the same layout does not know', () => {
    expect([22, 23, 24].map(nameOfNumber)).toEqual(['effectId', 'correlationid', undefined]);
  });

  it('come out as they went in, batch after batch from one packer', () => {
    const { pack, giveBack } = recordPacker();
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        const packed = pack(records);
        const read = [...unpackRecords(packed)].map(({ topic, key: partitionKey, bytes }) => {
          const { key, value, headers } = readRecord(bytes, 4);
          return {
            topic: packed.topics[topic],
            partitionKey: hexOf(partitionKey),
            key: hexOf(key),
            value: hexOf(value),
            headers: headers.map(([name, content]) => [name, hexOf(content)]),
          };
        });
        giveBack(packed);
        expect(read).toEqual(records.map(expected));
      }),
    );
  });

  it('never have more of them than is said at a glance, which is never less than what is counted', () => {
    fc.assert(
      fc.property(record, (one) => {
        const [packed] = unpackRecords(recordPacker().pack([one]));
        expect(mostBytesOf(one)).toBeGreaterThanOrEqual(sizeOf(one));
        expect(mostBytesOf(one)).toBeGreaterThanOrEqual((packed?.bytes.length ?? Infinity) - 4);
      }),
    );
  });
});
