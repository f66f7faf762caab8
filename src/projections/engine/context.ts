import type { Clock } from '../../infra/clock/port.ts';
import type { JobResult, Move, ShareFolder } from '../../infra/projector/port.ts';
import type { MarkedStores } from './feed.ts';
import type { Follower } from './generations.ts';
import type { Rate } from './rate.ts';

/** What the parts of one running engine share. Everything in it runs on one lane, one step at a time. */
export type Context = MarkedStores & {
  readonly clock: Pick<Clock, 'now'>;
  readonly onMoved: (moves: readonly Move[]) => void;
  /** Live generations by name; each was made by the version of its projection that runs here. */
  readonly live: Map<string, Follower>;
  /** Fed together with the live ones, so that both can be compared. */
  readonly shadows: Set<Follower>;
  /** Where another thread helps to fill. */
  readonly shareFolder?: ShareFolder;
  /** Events read for the live generations. */
  readonly rate: Rate;
};

/** Work that yields between two steps: the live generations move on in between. */
export type Steps = AsyncGenerator<void, JobResult, void>;

/** How a job goes on, as it tells. */
export type Progress = {
  phase: 'waiting' | 'folding' | 'indexing' | 'comparing' | 'done';
  generation: number | null;
  position: string;
  events: number;
};
