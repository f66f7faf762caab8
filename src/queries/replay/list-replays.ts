import { z } from 'zod';
import type { ReadStore } from '../../infra/read-store/port.ts';
import { replayRow, REPLAYS, replaySummary } from '../../projections/replays/read-model.ts';
import type { replayStatus, ReplaySummary } from '../../projections/replays/read-model.ts';
import { equal, listOf } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';
import { replayViewOf } from './replay-view.ts';

export type ReplayListFilter = {
  readonly status?: z.infer<typeof replayStatus> | undefined;
  readonly owner?: string | undefined;
};

export const replaySorts = ['createdAt', 'updatedAt'] as const;

/** Replay sessions, without what did not arrive of each. */
export const listReplays =
  (store: ReadStore) =>
  ({ status, owner }: ReplayListFilter, page: PageRequest): Promise<ListPage<ReplaySummary>> =>
    listOf(
      store,
      REPLAYS,
      { ...page, where: [...equal('status', status), ...equal('owner', owner)] },
      (body) => withoutErrors.parse(replayViewOf(replayRow.parse(body))),
    );

/** Strips what lists do not show. */
const withoutErrors = z.object(replaySummary.shape);
