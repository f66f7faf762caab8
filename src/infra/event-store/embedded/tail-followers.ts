/** One who follows the tail. To be left once it is done. */
export type Follower = {
  /** Resolves with a number behind which it must look: nothing it wants is between `number`, where it waits, and that. */
  readonly wait: (number: number) => Promise<number>;
  readonly leave: () => void;
};

export type Followers = {
  /** Of these categories only, where there are any. It is woken when the signal aborts, too. */
  readonly join: (categories: readonly string[] | undefined, signal: AbortSignal) => Follower;
  /** Events of one category have come behind `before`; `last` is the last of them. */
  readonly came: (category: string, before: number, last: number) => void;
  /** Nothing will come any more. */
  readonly end: () => void;
};

/** `wake` is there while it waits at `number`. */
type Member = {
  readonly categories: ReadonlySet<string> | undefined;
  number: number;
  wake: ((number: number) => void) | undefined;
};

/** How long a follower may not know that the log has moved on without anything for it. */
const PASSED_MS = 250;

/** Runs a task after so many milliseconds; what it returns cancels it. */
export type Later = (delayMs: number, task: () => void) => () => void;

/**
 * Wakes who wants what has come. Others are passed over: they hear of it with their next event, or a while later, all of
 * them together; without `later`, at once.
 */
export const tailFollowers = (later?: Later): Followers => {
  const members = new Set<Member>();
  let passed = 0;
  let cancel: (() => void) | undefined;
  const tellPassed = (): void => {
    cancel = undefined;
    for (const member of members) wake(member, passed);
  };
  return {
    join: (categories, signal) => {
      const wanted = categories === undefined ? undefined : new Set(categories);
      const member: Member = { categories: wanted, number: 0, wake: undefined };
      return joined(members, member, signal);
    },
    came: (category, before, last) => {
      passed = last;
      if (!wakeWhoWants(members, category, before)) return;
      if (later === undefined) tellPassed();
      else cancel ??= later(PASSED_MS, tellPassed);
    },
    end: () => {
      cancel?.();
      for (const member of members) wake(member, member.number);
    },
  };
};

const joined = (members: Set<Member>, member: Member, signal: AbortSignal): Follower => {
  const aborted = (): void => {
    wake(member, member.number);
  };
  members.add(member);
  signal.addEventListener('abort', aborted);
  return {
    wait: (number) =>
      new Promise((resolve) => {
        member.number = number;
        member.wake = resolve;
      }),
    leave: () => {
      members.delete(member);
      signal.removeEventListener('abort', aborted);
    },
  };
};

/** Who has read what is still being acknowledged is ahead of the tail. */
const wake = (member: Member, number: number): void => {
  member.wake?.(Math.max(member.number, number));
  member.wake = undefined;
};

/** True where somebody who waits was passed over. */
const wakeWhoWants = (members: ReadonlySet<Member>, category: string, before: number): boolean => {
  let isPassed = false;
  for (const member of members) {
    if (member.wake === undefined) continue;
    if (member.categories?.has(category) ?? true) wake(member, before);
    else isPassed = true;
  }
  return isPassed;
};
