import { cannotBeRead } from '../../domain/damage.ts';
import type { Clock, Random } from '../../infra/clock/port.ts';
import { createBackground } from '../engine/background.ts';
import { createTroubled } from '../engine/troubled.ts';
import type { LetterIndex, OpenLetter, Redrive } from './letter-index.ts';
import { redriveOne, releaseOne } from './redrive-one.ts';
import type { RedriveEnd, RedriveOneDeps } from './redrive-one.ts';
import { createRedrivePace } from './redrive-pace.ts';

export type RedriveWorkDeps = RedriveOneDeps & {
  readonly clock: Clock;
  readonly random: Random;
  /** One letter could not be read or taken; a failure is tried again, the others go on. */
  readonly onTrouble: (letterId: string, error: unknown) => void;
};

const AT_ONCE = 16;
const RETRY_MS = 1000;
const ENDS = new Set(['LetterSelected', 'LetterResolved', 'LetterParkedAgain', 'LetterDiscarded']);

/** What the redriver does now: which letters' turn it is, and which are being taken. */
export const createRedriveWork = (deps: RedriveWorkDeps, index: LetterIndex) => {
  const { clock } = deps;
  /** Taken now, or until the log has said what came of them. */
  const inFlight = new Set<string>();
  let isReading = true;
  // What is wrong with one letter alone holds up no other of its redrive: it is tried again after pauses of its own.
  const unreadable = createTroubled(deps, (letterId): void => again(letterId));
  const taker = createTaker(deps, index, unreadable.add);
  const start = (letterId: string): void => {
    const letter = index.get(letterId);
    // What was ready may have been closed or taken meanwhile.
    if (letter === undefined || inFlight.has(letterId) || !redriveFor(index, letter)) return;
    inFlight.add(letterId);
    taker.take(letter, (end) => {
      if (end === 'again') later(letter);
      pace.go();
    });
  };
  const pace = createRedrivePace({ clock, hasRoom: taker.hasRoom, start });
  const later = ({ id, redrive }: OpenLetter): void => {
    if (redrive !== null) pace.hold(redrive.id, clock.now() + RETRY_MS);
    clock.schedule(RETRY_MS, (): void => again(id));
  };
  const again = (letterId: string): void => {
    inFlight.delete(letterId);
    const letter = index.get(letterId);
    if (letter !== undefined) touch(letter.sequence);
  };
  const touch = (sequence: string): void => {
    const head = index.headOf(sequence);
    if (isReading || head === undefined || inFlight.has(head.id)) return;
    const redrive = redriveFor(index, head);
    if (redrive !== undefined) pace.add(head.id, redrive);
  };
  const begin = (): void => {
    isReading = false;
    index.sequences().forEach(touch);
  };
  return { touch, begin, ...controls(pace, taker, { inFlight, unreadable }) };
};

type Unreadable = ReturnType<typeof createTroubled>;

const controls = (
  pace: ReturnType<typeof createRedrivePace>,
  taker: ReturnType<typeof createTaker>,
  { inFlight, unreadable }: { readonly inFlight: Set<string>; readonly unreadable: Unreadable },
) => ({
  /** The log says so: what was under way for the letter has come to its end. */
  noteEnd: (letterId: string, type: string): void => {
    if (!ENDS.has(type)) return;
    inFlight.delete(letterId);
    unreadable.over(letterId);
  },
  stop: (): Promise<void> => {
    pace.stop();
    unreadable.stop();
    return taker.idle();
  },
  ready: pace.size,
  running: taker.running,
});

/** The redrive that a letter is due for; undefined where it is not its turn, or a person has to act first. */
const redriveFor = (index: LetterIndex, letter: OpenLetter): Redrive | undefined => {
  if (index.headOf(letter.sequence) !== letter) return undefined;
  if (letter.status === 'selected' || letter.status === 'redriving') return letter.redrive ?? undefined;
  if (letter.status !== 'parked' || !letter.isQueued) return undefined;
  return index.lastRedrive(letter.sequence) ?? { id: letter.id, perSecond: 1000 };
};

/** Takes letters, several at once. */
const createTaker = (deps: RedriveWorkDeps, index: LetterIndex, onUnreadable: Unreadable['add']) => {
  const redrive = redriveOne(deps);
  const release = releaseOne(deps);
  const background = createBackground((error) => {
    deps.onTrouble('', error);
  });
  let running = 0;
  const endOf = async (letter: OpenLetter): Promise<RedriveEnd | 'unreadable'> => {
    try {
      const isReleased = letter.status === 'parked';
      return await (isReleased ? release(letter, index.lastRedrive(letter.sequence)) : redrive(letter));
    } catch (error) {
      deps.onTrouble(letter.id, error);
      if (!cannotBeRead(error)) return 'again';
      onUnreadable(letter.id, error);
      return 'unreadable';
    }
  };
  return {
    take: (letter: OpenLetter, onEnd: (end: RedriveEnd | 'unreadable') => void): void => {
      running += 1;
      background.run(async () => {
        const end = await endOf(letter);
        running -= 1;
        onEnd(end);
      });
    },
    hasRoom: () => running < AT_ONCE,
    running: () => running,
    idle: background.idle,
  };
};
