import { parentPort } from 'node:worker_threads';
import { serve } from '../../sqlite/serve.ts';
import type { More } from '../../sqlite/serve.ts';
import type { Append } from './append-one.ts';
import { checkpoints } from './checkpoint.ts';
import type { Committed } from './commit.ts';
import { commitGroup } from './commit.ts';
import { appendsOf } from './flat-appends.ts';
import { epochsIn } from './epochs.ts';
import { followersIn } from './followers.ts';
import { refusal } from './hello.ts';
import { damageInTail, endOf } from './log-end.ts';
import type { AppendReply, Hello, WriteReply, WriteRequest } from './protocol.ts';
import { logIdOf, openLog } from './schema.ts';
import type { GroupWriter } from './write.ts';
import { groupWriter } from './write.ts';
import type { ThreadOptions } from './thread-options.ts';
import { threadOptions } from './thread-options.ts';

const EVERYTHING = Number.POSITIVE_INFINITY;

const start = ({ path, maxPages }: ThreadOptions): void => {
  const db = openLog(path);
  if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${String(maxPages)}`);
  const end = endOf(db);
  const followers = followersIn(db);
  const hello: Hello = {
    kind: 'open',
    logId: logIdOf(db),
    epochs: epochsIn(db),
    last: end.position,
    marks: followers.all(),
    damage: damageInTail(db, end),
  };
  const { answer, failed } = answering(groupWriter(db, end), followers);
  const checkpoint = checkpoints(db);
  serve<WriteRequest, WriteReply>(hello, {
    atOnce: EVERYTHING,
    answer,
    afterwards: () => {
      failed(checkpoint());
    },
    close: () => {
      db.close();
    },
  });
};

/** Answers requests, those that come while they are written as well; nothing is written any more once that is fatal. */
const answering = (write: GroupWriter, followers: ReturnType<typeof followersIn>) => {
  let commit = 0;
  let fatal: string | undefined;
  const committed = (group: readonly Append[], more: () => readonly Append[]): Committed =>
    fatal === undefined ? commitGroup(write, group, more) : { replies: group.map(lost(fatal)), fatal };
  return {
    /** Why nothing can be written any more, where that is so. */
    failed: (detail: string | undefined): void => {
      fatal ??= detail;
    },
    answer: (first: readonly WriteRequest[], more: More<WriteRequest>): readonly WriteReply[] => {
      const requests = [...first];
      const done = committed(first.flatMap(appendsIn), () => {
        const late = following(requests, more);
        requests.push(...late);
        return late.flatMap(appendsIn);
      });
      fatal = done.fatal;
      const markFailure = followers.save(requests.flatMap(({ mark }) => mark ?? []));
      commit += 1;
      const failed = {
        ...(fatal === undefined ? {} : { fatal }),
        ...(markFailure === undefined ? {} : { markFailure }),
      };
      return shared(requests, done.replies, commit).map((reply) => ({ ...reply, ...failed }));
    },
  };
};

/** What has come behind requests: not nothing where the last appends are part of a turn's. */
const following = (before: readonly WriteRequest[], more: More<WriteRequest>): readonly WriteRequest[] => {
  const isPart = before.findLast(hasAppends)?.appends?.isMore ?? false;
  const came: WriteRequest[] = [];
  for (;;) {
    const late = more(isPart);
    came.push(...late);
    // A checkpoint that came in between does not end the group.
    if (!isPart || late.length === 0 || late.some(hasAppends)) return came;
  }
};

const hasAppends = ({ appends }: WriteRequest): boolean => appends !== undefined;

const appendsIn = ({ nowMs, appends }: WriteRequest) =>
  appends === undefined ? [] : appendsOf(appends).map((request) => ({ nowMs, request }));

const lost = (detail: string) => (): AppendReply => ({ kind: 'ambiguous', detail });

/** Each request's share of the group's replies. */
const shared = (
  requests: readonly WriteRequest[],
  replies: readonly AppendReply[],
  commit: number,
): readonly WriteReply[] => {
  let from = 0;
  return requests.map(({ appends }) => {
    const own = replies.slice(from, from + (appends?.count ?? 0));
    from += own.length;
    const written = own.filter((reply) => reply.kind === 'written');
    return {
      commit,
      results: own.map((reply) => (reply.kind === 'written' ? reply.position : reply)),
      // One message has one time: behind the first append of it, the log's end is not earlier.
      recordedAt: written[0]?.recordedAt ?? '',
      hashes: written.flatMap(({ hashes }) => hashes),
    };
  });
};

try {
  start(threadOptions());
} catch (error) {
  parentPort?.postMessage(refusal(error));
}
