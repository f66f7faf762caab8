import { hash } from 'node:crypto';
import type { Body } from './body.ts';
import { prefixed } from './packed-append.ts';
import { packer } from './packer.ts';

/** What the hash chain covers of a stored event. */
export type Hashed = {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly body: Body;
  /** Canonical JSON. */
  readonly metadata: string;
};

// Most events' input; it grows for those with more.
const INPUT_BYTES = 4096;

/** `chainHash` over bytes as they are stored. Hashes are text of one character a byte; all input is made in one place. */
export const bytesHash = (): ((prev: string, event: Hashed) => string) => {
  const out = packer(new ArrayBuffer(INPUT_BYTES));
  return (prev, { stream, revision, type, body, metadata }) => {
    out.rewind();
    out.binary(prev);
    prefixed(out, stream);
    prefixed(out, String(revision));
    prefixed(out, body.eventId);
    prefixed(out, type);
    out.uint32(body.bytes.length - body.data);
    out.bytes(body.bytes.subarray(body.data));
    prefixed(out, metadata);
    return hash('sha256', out.written(), 'binary');
  };
};
