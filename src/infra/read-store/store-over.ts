import type { ReadStore, Scalar, SlotBatch } from './port.ts';
import { documentOf, rowOf } from './rows.ts';
import type { OperationCall, OperationName, Signatures, SlotRows } from './operations.ts';

/** Carries out an operation, here or in a thread. */
export type Perform = <Name extends OperationName>(
  call: OperationCall<Name>,
) => Promise<Signatures[Name]['result']>;

/** The port over operations on rows: documents are encoded and decoded where they are used. */
export const storeOver = (perform: Perform, close: () => Promise<void>): ReadStore => ({
  fill: (spec, generation) => perform({ name: 'fill', args: [spec, generation] }),
  seal: (spec, generation) => perform({ name: 'seal', args: [spec, generation] }),
  switchTo: (slot) => perform({ name: 'switchTo', args: [slot] }),
  drop: (slot) => perform({ name: 'drop', args: [slot] }),
  generations: (name) => perform({ name: 'generations', args: [name] }),
  checkpoint: (slot) => perform({ name: 'checkpoint', args: [slot] }),
  blockedIds: (slot) => perform({ name: 'blockedIds', args: [slot] }),
  // A rejection, not a throw, where a document has no canonical form.
  write: async (slot, batch) => perform({ name: 'write', args: [[rowsOf({ slot, ...batch })]] }),
  writeAll: async (batches) => perform({ name: 'write', args: [batches.map(rowsOf)] }),
  replace: async (slot, document) => perform({ name: 'replace', args: [slot, rowOf(document)] }),
  getMany: async (slot, ids) => (await perform({ name: 'getMany', args: [slot, ids] })).map(documentOf),
  scan: async (slot, afterId, limit) =>
    (await perform({ name: 'scan', args: [slot, afterId, limit] })).map(documentOf),
  get: async (name, id) => {
    const { row, position } = await perform({ name: 'get', args: [name, id] });
    return { document: row && documentOf(row), position };
  },
  find: async (name, query) => {
    const { rows, isEnd, position } = await perform({ name: 'find', args: [name, query] });
    const documents = rows.map(documentOf);
    const last = documents.at(-1);
    if (isEnd || last === undefined) return { documents, position };
    return { documents, position, next: { value: scalarOf(last.body?.[query.sort.field]), id: last.id } };
  },
  countBy: (name, field, where) => perform({ name: 'countBy', args: [name, field, where] }),
  getAt: async (name, id, at) => {
    const row = await perform({ name: 'getAt', args: [name, id, at] });
    return row && documentOf(row);
  },
  close,
});

const rowsOf = ({ slot, documents, checkpoint }: SlotBatch): SlotRows => ({
  slot,
  rows: documents.map(rowOf),
  checkpoint,
});

const scalarOf = (value: unknown): Scalar | null =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
