import type { KafkaMessage } from 'kafkajs';
import { UNDECODABLE, UNDECODABLE_BYTES, UNDECODABLE_LAST_OFFSET } from '../port.ts';
import type { Header, InRecord } from '../port.ts';
import type { UndecodableBatch } from './codecs/stand-in.ts';

export type Place = { readonly topic: string; readonly partition: number };

/** A record as it was fetched. Its bytes are copied: what kafkajs gives is a part of all that was fetched. */
export const inRecord = (place: Place, message: KafkaMessage): InRecord => ({
  ...place,
  offset: message.offset,
  timestamp: Number(message.timestamp),
  key: copyOf(message.key),
  value: copyOf(message.value),
  headers: Object.entries(message.headers ?? {}).flatMap(([name, value]) =>
    [value ?? ''].flat().map((one): Header => [name, new Uint8Array(Buffer.from(one))]),
  ),
});

/** The record that stands for a batch nobody can decode: see `UNDECODABLE`. */
export const undecodableRecord = (place: Place, batch: UndecodableBatch): InRecord => ({
  ...place,
  offset: String(batch.baseOffset),
  timestamp: batch.timestamp,
  key: null,
  value: batch.raw,
  headers: [
    [UNDECODABLE, Buffer.from(batch.reason)],
    [UNDECODABLE_LAST_OFFSET, Buffer.from(String(batch.lastOffset))],
    [UNDECODABLE_BYTES, Buffer.from(String(batch.rawBytes))],
  ],
});

const copyOf = (bytes: Buffer | null): Uint8Array | null => bytes && new Uint8Array(bytes);
