import { detailOf } from '../../sqlite/errors.ts';
import type { Append } from './append-one.ts';
import type { AppendReply } from './protocol.ts';
import { writeFailureOf } from './sqlite-error.ts';
import type { GroupWriter } from './write.ts';

export type Committed = { readonly replies: readonly AppendReply[]; readonly fatal?: string };

/**
 * Writes a group, and what comes while it is written, in one commit. When the disk is full for them, each append gets
 * its own commit: a small one may still fit, and an append that is a retry needs no space at all.
 */
export const commitGroup = (
  write: GroupWriter,
  first: readonly Append[],
  more: () => readonly Append[],
): Committed => {
  const group = [...first];
  try {
    return { replies: write(first, () => added(group, more())) };
  } catch (error) {
    const detail = detailOf(error);
    const failure = writeFailureOf(error);
    if (failure === 'busy') return { replies: group.map(() => ({ kind: 'ambiguous', detail })) };
    if (failure === 'fatal')
      return { replies: group.map(() => ({ kind: 'ambiguous', detail })), fatal: detail };
    if (group.length === 1) return { replies: [{ kind: 'refused', code: 'storage_full', detail }] };
    return oneByOne(write, group);
  }
};

const added = (group: Append[], came: readonly Append[]): readonly Append[] => {
  group.push(...came);
  return came;
};

const NOTHING = (): readonly Append[] => [];

const oneByOne = (write: GroupWriter, group: readonly Append[]): Committed => {
  const replies: AppendReply[] = [];
  let fatal: string | undefined;
  for (const one of group) {
    if (fatal !== undefined) {
      replies.push({ kind: 'ambiguous', detail: fatal });
      continue;
    }
    const committed = commitGroup(write, [one], NOTHING);
    replies.push(...committed.replies);
    fatal = committed.fatal;
  }
  return { replies, ...(fatal === undefined ? {} : { fatal }) };
};
