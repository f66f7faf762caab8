import { DocumentRefused, UndeclaredField, UnknownCollection } from '../port.ts';
import { detailOf, errcodeOf } from '../../sqlite/errors.ts';
import { isFatal } from './failures.ts';
import type { CollectionSpec, Slot } from '../port.ts';
import { UnsafeDatabase } from '../../sqlite/open.ts';
import type { OperationCall, Row } from '../operations.ts';
import { columnReader } from './columns.ts';
import type { Recreated } from './read-file.ts';

/** What crosses between the owner's thread and the store's. Only the writer replaces a damaged file. */
export type ThreadRole = 'writer' | 'second-writer' | 'reader';
export type ThreadOptions = { readonly path: string; readonly role: ThreadRole };
export type Request = OperationCall;
/** What a thread that folds a share of a fill is asked besides. */
export type ShareRequest =
  { readonly kind: 'begin'; readonly slots: readonly Slot[] } | { readonly kind: 'state' };
export type Reply = { readonly kind: 'done'; readonly value: unknown } | Failure;
export type Hello =
  | { readonly kind: 'open'; readonly recreated: Recreated | undefined }
  | { readonly kind: 'unusable'; readonly detail: string; readonly errcode: number };

/** What crosses is cloned: there, parsing a text costs less. */
export const textsOnly = ({ name, args: [batches] }: OperationCall<'write'>): OperationCall<'write'> => ({
  name,
  args: [
    batches.map(({ rows, ...batch }) => ({
      ...batch,
      rows: rows.map(({ id, position, body, blocked }) => ({ id, position, body, blocked })),
    })),
  ],
});

/** The same with what indexes are made of: nothing is left to be parsed there. @throws DocumentRefused, UnknownCollection */
export const withColumns =
  (specOf: (slot: Slot) => CollectionSpec) =>
  ({ name, args: [batches] }: OperationCall<'write'>): OperationCall<'write'> => ({
    name,
    args: [
      batches.map(({ slot, rows, checkpoint }) => {
        const columnsIn = columnReader(specOf(slot));
        const lean = rows.map((row): Row => {
          const { id, position, body, blocked } = row;
          return { id, position, body, blocked, columns: columnsIn(row) };
        });
        return { slot, rows: lean, checkpoint };
      }),
    ],
  });

type Failure = {
  readonly kind: 'failed';
  readonly name: string;
  readonly message: string;
  /** As SQLite calls it; 0 where it is not SQLite's. */
  readonly errcode: number;
  /** Of the document that was refused. */
  readonly id?: string;
};

/** Errors lose their class on the way between threads. */
export const failureOf = (error: unknown): Failure => ({
  kind: 'failed',
  name: error instanceof Error ? error.name : 'Error',
  message: detailOf(error),
  errcode: errcodeOf(error),
  ...(error instanceof DocumentRefused ? { id: error.id } : {}),
});

/** A thread's reply. @throws what leaves the file's state unknown: it must end the thread. */
export const replyOf = (ask: () => unknown): Reply => {
  try {
    return { kind: 'done', value: ask() };
  } catch (error) {
    if (isFatal(error)) throw error;
    return failureOf(error);
  }
};

/** What a thread says that could not open the file. */
export const noFile = (error: unknown): Hello => ({
  kind: 'unusable',
  detail: detailOf(error),
  errcode: errcodeOf(error),
});

/** Why a thread could not open the file. */
export const unusable = ({ detail, errcode }: Extract<Hello, { kind: 'unusable' }>): UnsafeDatabase =>
  Object.assign(new UnsafeDatabase(detail), { errcode });

export const errorOf = ({ name, message, errcode, id }: Failure): Error => {
  if (id !== undefined) return new DocumentRefused(id, message);
  if (name === 'UndeclaredField') return new UndeclaredField(message);
  if (name === 'UnknownCollection') return new UnknownCollection(message);
  return name === 'RangeError' ? new RangeError(message) : Object.assign(new Error(message), { errcode });
};
