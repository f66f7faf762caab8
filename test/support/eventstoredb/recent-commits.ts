import type { LogRecord } from './log-types.ts';

type Commit = { readonly stream: string; readonly revision: bigint };

/** The server's bounded memory of what was committed last: all that `any` and `stream_exists` know of a retry. */
export const recentCommits = (size: number) => {
  const commits = new Map<string, Commit>();
  return {
    add: ({ id, stream, revision }: LogRecord): void => {
      commits.delete(id);
      commits.set(id, { stream, revision });
      const [oldest] = commits.keys();
      if (commits.size > size && oldest !== undefined) commits.delete(oldest);
    },
    revisionOf: (stream: string, id: string): bigint | undefined => {
      const commit = commits.get(id);
      return commit?.stream === stream ? commit.revision : undefined;
    },
  };
};
