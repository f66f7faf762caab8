import { BSON } from 'mongodb';

const HEADER_BYTES = 16;
const OP_MSG = 2013;

/** A server's answer to one request, as bytes. */
export const mongoAnswer = (request: Buffer, document: object): Buffer => {
  const body = BSON.serialize(document);
  const head = Buffer.alloc(HEADER_BYTES + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(request.readInt32LE(4), 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
};
