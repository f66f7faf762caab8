import type { SubKeys } from './cipher.ts';
import type { NewBlock } from './key-table.ts';

/** The file that the thread opens at its start, and the keys it overwrites then. */
export type KeyFile = {
  readonly path: string;
  readonly masterKey: Uint8Array;
  readonly previous: Uint8Array | undefined;
};

export type KeyRequest =
  | { readonly kind: 'makeBlock' }
  | { readonly kind: 'load'; readonly keyId: string }
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'destroy'; readonly keyIds: readonly string[] };

// A class does not survive the way between threads: errors travel as name, message and what SQLite calls them.
export type Failed = {
  readonly kind: 'failed';
  readonly name: string;
  readonly message: string;
  readonly errcode: number;
};

export type KeyReply =
  | { readonly kind: 'block'; readonly block: NewBlock }
  | { readonly kind: 'key'; readonly subKeys: SubKeys | undefined }
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'destroyed' }
  | Failed;

export type KeyHello = { readonly kind: 'open' } | Failed;
