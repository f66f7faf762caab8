// As much of Kafka's protocol as it takes to answer for a broker: records in versions 5 to 7, heartbeats in 1 to 3.

const LENGTH = 4;
/** What a request asks for. */
const ASKS = { produce: 0, heartbeat: 12 } as const;
export type Asked = keyof typeof ASKS;

const NOT_WRITTEN = -1n;

/** Cuts a stream of bytes into messages, each with the length before it. */
export const messages = () => {
  let rest: Buffer = Buffer.alloc(0);
  return (piece: Buffer): readonly Buffer[] => {
    rest = Buffer.concat([rest, piece]);
    const whole: Buffer[] = [];
    while (rest.length >= LENGTH && rest.length >= endOf(rest)) {
      whole.push(rest.subarray(0, endOf(rest)));
      rest = rest.subarray(endOf(rest));
    }
    return whole;
  };
};

const endOf = (bytes: Buffer): number => LENGTH + bytes.readInt32BE();

export const asksFor = (request: Buffer, asked: Asked): boolean =>
  request.readInt16BE(LENGTH) === ASKS[asked];

/** The broker's answer with this code: none of the records was written, or the group knows nothing of the member. */
export const refusal = (request: Buffer, code: number): Buffer => {
  const reader = readerOf(request.subarray(LENGTH));
  reader.skip(4);
  const correlation = reader.int32();
  const body = asksFor(request, 'produce') ? unwrittenBy(reader, code) : [int32(0), int16(code)];
  const answer = Buffer.concat([int32(correlation), ...body]);
  return Buffer.concat([int32(answer.length), answer]);
};

type Reader = ReturnType<typeof readerOf>;

const unwrittenBy = (reader: Reader, code: number): readonly Buffer[] => {
  reader.text();
  reader.text();
  reader.skip(6);
  const topics = reader.array(() => ({
    topic: reader.text(),
    partitions: reader.array(() => {
      const partition = reader.int32();
      reader.skip(reader.int32());
      return partition;
    }),
  }));
  return [
    int32(topics.length),
    ...topics.flatMap(({ topic, partitions }) => [
      ...[int16(topic.length), topic, int32(partitions.length)],
      ...partitions.flatMap((partition) => [int32(partition), int16(code), ...unwritten]),
    ]),
    int32(0),
  ];
};

const readerOf = (bytes: Buffer) => {
  let at = 0;
  const skip = (count: number): number => {
    const from = at;
    at += count;
    return from;
  };
  const int32 = (): number => bytes.readInt32BE(skip(4));
  return {
    skip,
    int32,
    /** Empty where there is none. */
    text: (): Buffer => {
      const length = Math.max(0, bytes.readInt16BE(skip(2)));
      const from = skip(length);
      return bytes.subarray(from, from + length);
    },
    array: <Each>(each: () => Each): readonly Each[] => Array.from({ length: int32() }, each),
  };
};

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

/** Offset, time, and where the partition begins. */
const unwritten = [int64(NOT_WRITTEN), int64(NOT_WRITTEN), int64(NOT_WRITTEN)];
