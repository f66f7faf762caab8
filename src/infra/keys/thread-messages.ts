import { z } from 'zod';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'not bytes');

const keyCall = z.discriminatedUnion('call', [
  z.object({ call: z.literal('open'), path: z.string(), masterKey: bytes, previous: bytes.optional() }),
  z.object({ call: z.literal('makeBlock') }),
  z.object({ call: z.literal('load'), keyId: z.string() }),
  z.object({ call: z.literal('secret'), name: z.string() }),
  z.object({ call: z.literal('destroy'), keyIds: z.array(z.string()) }),
  z.object({ call: z.literal('close') }),
]);
export type KeyCall = z.infer<typeof keyCall>;

export const keyRequest = z.object({ id: z.number(), body: keyCall });

// A class does not survive the way between threads: errors travel as name, message and what SQLite calls them.
export const keyReply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), id: z.number(), value: z.unknown() }),
  z.object({
    kind: z.literal('failed'),
    id: z.number(),
    name: z.string(),
    message: z.string(),
    errcode: z.number().optional(),
  }),
]);
export type KeyReply = z.infer<typeof keyReply>;

export const maybeBytes = bytes.optional();
export const block = z.object({ keyIds: z.array(z.string()), subKeys: bytes });
export const secretBytes = bytes;
export const nothing = z.undefined();
