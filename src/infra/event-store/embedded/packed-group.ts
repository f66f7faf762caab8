import { packAppend } from './packed-append.ts';
import { packer } from './packer.ts';
import type { Packer } from './packer.ts';
import type { AppendRequest, EncodedEvent, PackedAppends } from './protocol.ts';

/** Packs the appends that go to the writer in one message. */
export type GroupPacker = {
  /** Answers where the hash of each event will be, once the writer has answered. */
  readonly add: (request: AppendRequest) => readonly number[];
  /** Everything added since the last time. */
  readonly take: () => PackedAppends;
  /** Takes back the bytes of a group, to be used again. */
  readonly giveBack: (bytes: ArrayBuffer) => void;
};

const FIRST_BYTES = 64 * 1024;
// What a burst needed once is not kept.
const MOST_BYTES_KEPT = 1024 * 1024;
const MOST_KEPT = 4;

export const groupPacker = (): GroupPacker => {
  const free: ArrayBuffer[] = [];
  const begin = (): Packer => packer(free.pop() ?? new ArrayBuffer(FIRST_BYTES));
  let out = begin();
  let streams: string[] = [];
  let types = typeNumbers();
  return {
    add: (request) => {
      streams.push(request.stream);
      return packAppend(out, request, types.of);
    },
    take: () => {
      const taken = { bytes: out.done(), streams, types: types.names() };
      out = begin();
      streams = [];
      types = typeNumbers();
      return taken;
    },
    giveBack: (bytes) => {
      if (free.length < MOST_KEPT && bytes.byteLength <= MOST_BYTES_KEPT) free.push(bytes);
    },
  };
};

/** The types of a group's events, each with its version, numbered as they come. */
const typeNumbers = () => {
  const names: { readonly type: string; readonly schemaVersion: string }[] = [];
  const isOf = (event: EncodedEvent, index: number): boolean =>
    names[index]?.type === event.type && names[index].schemaVersion === event.schemaVersion;
  return {
    names: () => names,
    // A group has few types: looking through them is cheaper than a key for each event.
    of: (event: EncodedEvent): number => {
      for (let index = 0; index < names.length; index += 1) if (isOf(event, index)) return index;
      return names.push({ type: event.type, schemaVersion: event.schemaVersion }) - 1;
    },
  };
};
