import { pause } from '../clock/port.ts';
import type { Clock } from '../clock/port.ts';
import type { Position } from '../event-store/port.ts';
import type { Answers, Call } from './messages.ts';
import type { ProjectorMailbox } from './mailbox.ts';
import { movesOf } from './moves.ts';
import type { Moves } from './moves.ts';
import type { Move, ProjectionState, Projector } from './port.ts';
import { requestsOver } from './requests-over.ts';
import { statusWith } from './status.ts';
import type { StatusDeps } from './status.ts';

export type SharedProjectorOptions = StatusDeps & {
  readonly clock: Clock;
  readonly mailbox: ProjectorMailbox;
  /** Which read models have moved on from where they were known to be. */
  readonly look: (
    known: ReadonlyMap<string, Position>,
    isFollowed: (name: string) => boolean,
  ) => Promise<readonly Move[]>;
  /** Looking failed; it is done again. */
  readonly onTrouble: (error: unknown) => void;
};

export type SharedProjector = Projector & {
  /** Moves this process makes itself, known at once. */
  readonly moved: (moves: readonly Move[]) => void;
};

const LOOK_MS = 100;
const PAUSE_MS = 1000;

/** A projector that may run in another process: followed by looking at the read store, asked through a mailbox. */
export const sharedProjector = (options: SharedProjectorOptions): SharedProjector => {
  const { log, mailbox } = options;
  const moves = movesOf();
  const stopping = new AbortController();
  const heard = knownTo(moves);
  const looking = looks(options, heard, stopping.signal);
  let known: readonly ProjectionState[] = [];
  const call = async <Method extends Call['method']>(asked: Extract<Call, { readonly method: Method }>) =>
    // An answer has its call's type: `perform` makes it by the method.
    (await mailbox.ask(asked)) as Answers[Method] | undefined;
  return {
    reached: moves.reached,
    onChange: moves.onChange,
    moved: heard.moved,
    ...requestsOver({ call }),
    status: async () => {
      const states = await call<'states'>({ method: 'states' });
      known = states ?? known;
      const up = states === undefined ? 'restarting' : 'running';
      return {
        projector: stopping.signal.aborted ? 'closed' : up,
        restarts: 0,
        position: await log.lastPosition(),
        projections: await statusWith(options, known),
      };
    },
    close: async () => {
      stopping.abort();
      await looking;
    },
  };
};

const looks = async (
  { look, clock, onTrouble }: SharedProjectorOptions,
  { known, moved, isFollowed }: Known,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    let pauseMs = LOOK_MS;
    try {
      moved(await look(known, isFollowed));
    } catch (error) {
      onTrouble(error);
      pauseMs = PAUSE_MS;
    }
    await pause(clock, pauseMs, signal);
  }
};

type Known = ReturnType<typeof knownTo>;

/** The same move may be heard of twice, and late. One without a step forwards is of documents that were made anew. */
const knownTo = ({ add, isFollowed }: Pick<Moves, 'add' | 'isFollowed'>) => {
  const known = new Map<string, Position>();
  const moved = (moves: readonly Move[]): void => {
    const news = moves.filter(({ name, position }) => position >= (known.get(name) ?? ''));
    for (const { name, position } of news) known.set(name, position);
    if (news.length > 0) add(news);
  };
  return { known, moved, isFollowed };
};
