import TinyQueue from 'tinyqueue';

type Item = { readonly owner: string; readonly label: string; readonly run: () => void };
type Timer = Item & { readonly at: number; readonly serial: number; isOff: boolean };

/** Picks one of the labels of what can run now; the labels stand in the order in which the items came. */
export type Choose = (labels: readonly Pick<Item, 'owner' | 'label'>[]) => number;

export type Scheduler = {
  /** Virtual milliseconds since the epoch. */
  readonly now: () => number;
  /** Adds something that can run now. */
  readonly post: (owner: string, label: string, run: () => void) => void;
  /** Runs `operate` at a step of its own and resolves with what it gives. */
  readonly call: <Value>(
    owner: string,
    label: string,
    operate: () => Value | Promise<Value>,
  ) => Promise<Value>;
  /** Adds something that can run after a delay; the returned function takes it back. */
  readonly after: (owner: string, label: string, delayMs: number, run: () => void) => () => void;
  readonly sleep: (owner: string, delayMs: number) => Promise<void>;
  /** Nothing of this owner ever runs again. */
  readonly drop: (owner: string) => void;
  /** Nothing of this owner runs for a while. */
  readonly stall: (owner: string, delayMs: number) => void;
  /** Moves time on, whatever could still run now. */
  readonly jump: (delayMs: number) => void;
  /** One item, or the next timers. False when nothing is left to do. */
  readonly step: () => boolean;
  readonly steps: () => number;
};

const START_MS = 1_700_000_000_000;

/**
 * Owns everything that can run: one item a step, chosen by `choose`, and virtual time, which moves on to the
 * next timer when nothing can run. Whoever steps must let microtasks drain in between (see `drive`).
 */
export const createScheduler = (choose: Choose, note: (line: string) => void): Scheduler => {
  const ready = createReady();
  const timeline = createTimeline(ready.add, ready.isDropped);
  const { now, after } = timeline;
  let steps = 0;
  const post = (owner: string, label: string, run: () => void): void => {
    ready.add({ owner, label, run });
  };
  return {
    now,
    post,
    call: callThrough(post),
    after,
    sleep: (owner, delayMs) =>
      new Promise((resolve) => {
        after(owner, 'wakes up', delayMs, resolve);
      }),
    drop: ready.drop,
    stall: (owner, delayMs) => {
      if (!ready.hold(owner)) return;
      after('scheduler', `${owner} goes on`, delayMs, () => {
        ready.release(owner);
      });
    },
    jump: timeline.jump,
    step: () => {
      steps += 1;
      const item = ready.take(choose);
      if (item === undefined) return timeline.moveOn();
      note(`${now() - START_MS} ${item.owner} ${item.label}`);
      item.run();
      return true;
    },
    steps: () => steps,
  };
};

const callThrough =
  (post: Scheduler['post']): Scheduler['call'] =>
  (owner, label, operate) =>
    new Promise((resolve, reject) => {
      post(owner, label, () => {
        try {
          resolve(operate());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });

/** What can run now. What belongs to somebody who is held waits; what belongs to somebody who was dropped is gone. */
const createReady = () => {
  let items: Item[] = [];
  const dropped = new Set<string>();
  const held = new Map<string, Item[]>();
  const add = (item: Item): void => {
    if (!dropped.has(item.owner)) (held.get(item.owner) ?? items).push(item);
  };
  return {
    add,
    isDropped: (owner: string): boolean => dropped.has(owner),
    take: (choose: Choose): Item | undefined => items.splice(items.length <= 1 ? 0 : choose(items), 1)[0],
    drop: (owner: string): void => {
      dropped.add(owner);
      held.delete(owner);
      items = items.filter((item) => item.owner !== owner);
    },
    /** False for who is gone, or held already. */
    hold: (owner: string): boolean => {
      if (dropped.has(owner) || held.has(owner)) return false;
      held.set(
        owner,
        items.filter((item) => item.owner === owner),
      );
      items = items.filter((item) => item.owner !== owner);
      return true;
    },
    release: (owner: string): void => {
      const own = held.get(owner) ?? [];
      held.delete(owner);
      for (const item of own) add(item);
    },
  };
};

/** Virtual time, and what is due at some point of it. */
const createTimeline = (onDue: (item: Item) => void, isGone: (owner: string) => boolean) => {
  let now = START_MS;
  let serial = 0;
  const timers = new TinyQueue<Timer>([], (a, b) => a.at - b.at || a.serial - b.serial);
  const wake = (): void => {
    for (let timer = timers.peek(); timer !== undefined && timer.at <= now; timer = timers.peek()) {
      timers.pop();
      if (!timer.isOff) onDue({ ...timer, run: unlessOff(timer) });
    }
  };
  return {
    now: (): number => now,
    after: (owner: string, label: string, delayMs: number, run: () => void): (() => void) => {
      serial += 1;
      const timer: Timer = { owner, label, run, at: now + Math.ceil(delayMs), serial, isOff: false };
      timers.push(timer);
      return () => {
        timer.isOff = true;
      };
    },
    jump: (delayMs: number): void => {
      now += delayMs;
      wake();
    },
    /** To the next timer; false where there is none. */
    moveOn: (): boolean => {
      const timer = nextIn(timers, isGone);
      if (timer === undefined) return false;
      now = Math.max(now, timer.at);
      wake();
      return true;
    },
  };
};

const nextIn = (timers: TinyQueue<Timer>, isGone: (owner: string) => boolean): Timer | undefined => {
  for (let timer = timers.peek(); timer !== undefined; timer = timers.peek()) {
    if (!timer.isOff && !isGone(timer.owner)) return timer;
    timers.pop();
  }
  return undefined;
};

/** It may be taken back after it came due, and before its turn. */
const unlessOff = (timer: Timer) => (): void => {
  if (!timer.isOff) timer.run();
};

/**
 * Steps until `isOver`, or nothing is left, or the steps are used up; true when it is over. Between two steps
 * all microtasks run: Node starts a tick only when none is left, and a tick costs a fraction of a turn of the
 * event loop. Nothing in the simulation waits for anything but microtasks and this scheduler; where something does,
 * `settled` waits for it.
 */
export const drive = async (
  scheduler: Pick<Scheduler, 'step'>,
  isOver: () => boolean,
  maxSteps: number,
  settled: () => Promise<void> = drained,
): Promise<boolean> => {
  await settled();
  for (let step = 0; step < maxSteps; step += 1) {
    if (isOver()) return true;
    if (!scheduler.step()) return isOver();
    await settled();
  }
  return isOver();
};

/** Resolves when no microtask is left. */
export const drained = (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve);
  });
