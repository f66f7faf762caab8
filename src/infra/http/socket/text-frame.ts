import type { Frame } from '../../session/port.ts';

const FINAL_TEXT = 0x81;
const SHORT = 126;
const LONG = 127;
const MOST_SHORT = 0xffff;
const HEAD_BYTES = { least: 2, short: 4, long: 10 } as const;

/** A frame as the text of a WebSocket message. `id`: the one that the client gave what it is about. */
export const textOf = ({ type, members }: Frame, id: string | undefined): string => {
  const name = id === undefined ? '' : `,"id":"${id}"`;
  return `{"type":"${type}"${name}${members === '' ? '' : `,${members}`}}`;
};

/** A whole message from a server, as RFC 6455 has it on the wire: one final, unmasked frame of text. */
export const messageOf = (text: string): Buffer => {
  const length = Buffer.byteLength(text);
  const head = headBytes(length);
  const message = Buffer.allocUnsafe(head + length);
  message[0] = FINAL_TEXT;
  if (head === HEAD_BYTES.least) message[1] = length;
  else if (head === HEAD_BYTES.short) {
    message[1] = SHORT;
    message.writeUInt16BE(length, 2);
  } else {
    message[1] = LONG;
    message.writeBigUInt64BE(BigInt(length), 2);
  }
  message.write(text, head);
  return message;
};

const headBytes = (length: number): number => {
  if (length < SHORT) return HEAD_BYTES.least;
  return length <= MOST_SHORT ? HEAD_BYTES.short : HEAD_BYTES.long;
};

type Made = { readonly id: string | undefined; readonly message: Buffer };

const made = new WeakMap<object, Made>();

/** Made once for all that gave the same id. */
const shared = (what: object, id: string | undefined, make: () => Buffer): Buffer => {
  const known = made.get(what);
  if (known !== undefined && known.id === id) return known.message;
  const message = make();
  made.set(what, { id, message });
  return message;
};

/** The message of a frame that goes to many clients. */
export const sharedMessage = (frame: Frame, id: string | undefined): Buffer =>
  shared(frame, id, () => messageOf(textOf(frame, id)));

/** The messages of a list of frames that goes to many clients, one behind the other. */
export const sharedMessages = (frames: readonly Frame[], id: string | undefined): Buffer =>
  shared(frames, id, () => Buffer.concat(frames.map((frame) => messageOf(textOf(frame, id)))));
