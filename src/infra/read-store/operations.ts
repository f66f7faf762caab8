import type { Position } from '../event-store/port.ts';
import type { Body, CollectionSpec, Condition, Generations, Query, Scalar, Slot } from './port.ts';

/** A document as it is kept and as it crosses threads: `body` and `blocked` as canonical JSON. */
export type Row = {
  readonly id: string;
  readonly position: Position;
  readonly body: string | null;
  readonly blocked: string | null;
  /** What `body` was made from, where that is at hand: reading fields out of it saves parsing. */
  readonly value?: Body | undefined;
  /** What an index is made of, where who made the row has read it out of `value` already. */
  readonly columns?: readonly (string | number | null)[];
};

/** Rows of one slot, and how far it is with them. */
export type RowBatch = { readonly rows: readonly Row[]; readonly checkpoint: Position };
export type SlotRows = RowBatch & { readonly slot: Slot };
export type RowPage = { readonly rows: readonly Row[]; readonly isEnd: boolean; readonly position: Position };
export type Counts = {
  readonly counts: readonly { readonly value: Scalar | null; readonly count: number }[];
  readonly position: Position;
};

/** The port's methods over rows, by name: what they take and answer. */
export type Signatures = {
  fill: { args: [spec: CollectionSpec, generation: number]; result: undefined };
  seal: { args: [spec: CollectionSpec, generation: number]; result: undefined };
  switchTo: { args: [slot: Slot]; result: undefined };
  drop: { args: [slot: Slot]; result: undefined };
  write: { args: [batches: readonly SlotRows[]]; result: undefined };
  replace: { args: [slot: Slot, row: Row]; result: undefined };
  generations: { args: [name: string]; result: Generations };
  checkpoint: { args: [slot: Slot]; result: Position | null };
  blockedIds: { args: [slot: Slot]; result: readonly string[] };
  getMany: { args: [slot: Slot, ids: readonly string[]]; result: readonly Row[] };
  scan: { args: [slot: Slot, afterId: string | null, limit: number]; result: readonly Row[] };
  get: {
    args: [name: string, id: string];
    result: { readonly row: Row | undefined; readonly position: Position };
  };
  find: { args: [name: string, query: Query]; result: RowPage };
  countBy: { args: [name: string, field: string, where: readonly Condition[]]; result: Counts };
  getAt: { args: [name: string, id: string, at: Position]; result: Row | undefined };
};

export type OperationName = keyof Signatures;

/** The others only read. */
export const WRITES: ReadonlySet<OperationName> = new Set([
  'fill',
  'seal',
  'switchTo',
  'drop',
  'write',
  'replace',
]);

/** One connection's operations; they block until the disk has answered. */
export type Operations = {
  readonly [Name in OperationName]: (...args: Signatures[Name]['args']) => Signatures[Name]['result'];
};

export type OperationCall<Name extends OperationName = OperationName> = {
  [Each in Name]: { readonly name: Each; readonly args: Signatures[Each]['args'] };
}[Name];

export const perform = <Name extends OperationName>(
  operations: Operations,
  { name, args }: OperationCall<Name>,
): Signatures[Name]['result'] => operations[name](...args);
