import fc from 'fast-check';
import { compress } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { checkRecords } from '../../src/infra/message-bus/kafka/codecs/check-records.ts';
import { crc32c } from '../../src/infra/message-bus/kafka/codecs/crc32c.ts';
import { readLz4Frame } from '../../src/infra/message-bus/kafka/codecs/lz4-frame.ts';
import { readSnappy } from '../../src/infra/message-bus/kafka/codecs/snappy-blocks.ts';
import { partitionOf } from '../../src/infra/message-bus/partition-of.ts';

const LIMIT = 4096;
const HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
const bytes = fc.uint8Array({ maxLength: 300 }).map((data) => Buffer.from(data));
const word = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
};
const frameOf = (...blocks: readonly (readonly [Buffer, isPacked: boolean])[]): Buffer =>
  Buffer.concat([
    HEADER,
    ...blocks.flatMap(([block, isPacked]) => [
      word(isPacked ? block.length : block.length | 0x80000000),
      block,
    ]),
    word(0),
  ]);

/** The error's class, or how much was read. */
const outcome = (read: () => Buffer): number | string => {
  try {
    return read().length;
  } catch (error) {
    return error instanceof RangeError ? 'refused' : String(error);
  }
};

describe('codecs of Kafka batches', () => {
  it('gives back what an LZ4 frame holds unpacked', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (blocks) => {
        const frame = frameOf(
          ...blocks.filter(({ length }) => length > 0).map((block) => [block, false] as const),
        );
        expect(readLz4Frame(frame, LIMIT)).toEqual(Buffer.concat(blocks));
      }),
    );
  });

  it('repeats in an LZ4 block what it has just written', () => {
    // One literal, then 24 bytes at distance 1, then two literals.
    const block = Buffer.from([0x1f, 0x61, 0x01, 0x00, 0x05, 0x20, 0x62, 0x63]);
    expect(readLz4Frame(frameOf([block, true]), LIMIT).toString()).toBe(`${'a'.repeat(25)}bc`);
  });

  it('refuses an LZ4 frame that holds more than may be, and reads one that holds as much', () => {
    const full = Buffer.alloc(LIMIT, 1);
    expect(outcome(() => readLz4Frame(frameOf([full, false]), LIMIT))).toBe(LIMIT);
    expect(outcome(() => readLz4Frame(frameOf([full, false], [Buffer.from('x'), false]), LIMIT))).toBe(
      'refused',
    );
    const bomb = Buffer.from([0x1f, 0x61, 0x01, 0x00, ...Array.from({ length: 100 }, () => 255), 0]);
    expect(outcome(() => readLz4Frame(frameOf([bomb, true]), LIMIT))).toBe('refused');
  });

  it('reads or refuses any bytes as an LZ4 block, within its limit', () => {
    fc.assert(
      fc.property(bytes, fc.boolean(), (block, isCut) => {
        const frame = frameOf([block, true]);
        const read = outcome(() => readLz4Frame(isCut ? frame.subarray(0, -6) : frame, LIMIT));
        expect(read === 'refused' || (typeof read === 'number' && read <= LIMIT)).toBe(true);
      }),
    );
  });

  it('reads snappy as one block and in blocks, within its limit', () => {
    const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 4 }), (blocks) => {
        const packed = blocks.map((block) => Buffer.from(compress(block)));
        const framed = packed.flatMap((block) => [word(block.length).reverse(), block]);
        const whole = Buffer.concat(blocks);
        expect(readSnappy(Buffer.concat([magic, ...framed]), whole.length)).toEqual(whole);
        expect(readSnappy(Buffer.from(compress(whole)), whole.length)).toEqual(whole);
        if (whole.length > 0)
          expect(() => readSnappy(Buffer.concat([magic, ...framed]), whole.length - 1)).toThrow('too big');
      }),
    );
  });

  it('takes or refuses any bytes as records, without another error', () => {
    const outcomes = new Set<number | string>();
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 1000 }), (records, count) => {
        const read = outcome(() => {
          checkRecords(records, count);
          return records;
        });
        outcomes.add(read);
        expect(read === 'refused' || read === records.length).toBe(true);
      }),
    );
    expect(outcomes).toContain('refused');
  });

  it('takes a record as Kafka writes it', () => {
    const record = [0, 0, 0, 2, 0x61, 1, 2, 2, 0x68, 0];
    expect(() => {
      checkRecords(Buffer.from([record.length * 2, ...record, record.length * 2, ...record]), 2);
    }).not.toThrow();
  });

  it('computes the checksum of the standard', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('keeps every key within the partitions there are', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
        const partition = partitionOf(key, partitions);
        expect(partition).toBeGreaterThanOrEqual(0);
        expect(partition).toBeLessThan(partitions);
        expect(partitionOf(key, partitions)).toBe(partition);
      }),
    );
  });
});
