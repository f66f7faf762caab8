import { Option } from 'commander';
import type { Json } from './api.ts';
import type { Call } from './call.ts';
import { listAt, table } from './table.ts';

/** Of commands that can be asked of the past. */
export const past = {
  asOf: () => new Option('--as-of <moment>', 'as it was then: a time with its zone, or a position'),
  diff: () => new Option('--diff <A..B>', 'what changed between two moments').conflicts('asOf'),
};

/** Lists of then may have to be made from the log first: worth waiting for. */
const PATIENT = { prefer: 'wait=30' };

/** How to ask, where the command says as of when. */
export const asOfIn = ({ text }: Pick<Call, 'text'>) => {
  const asOf = text('asOf');
  return asOf === undefined ? { query: {}, headers: {} } : { query: { asOf }, headers: PATIENT };
};

/** One thing as it is, as it was, or what changed about it. */
export const showOne = async (call: Call, path: string, textOf: (found: Json) => string): Promise<void> => {
  const diff = call.text('diff');
  if (diff === undefined) {
    const found = await call.api.get(path, asOfIn(call));
    await call.output.one(found, () => textOf(found));
    return;
  }
  const changes = await call.api.get(path, { query: { diff } });
  await call.output.one(changes, () => table(CHANGES, listAt(changes, 'changes')));
};

const CHANGES = { CHANGE: 'op', WHERE: 'path', BEFORE: 'before', AFTER: 'after' };
