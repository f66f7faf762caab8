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
  let now = START_MS;
  let serial = 0;
  let steps = 0;
  let items: Item[] = [];
  const dropped = new Set<string>();
  const stalled = new Map<string, Item[]>();
  const timers = new TinyQueue<Timer>([], (a, b) => a.at - b.at || a.serial - b.serial);

  const add = (item: Item): void => {
    if (dropped.has(item.owner)) return;
    (stalled.get(item.owner) ?? items).push(item);
  };
  const post = (owner: string, label: string, run: () => void): void => {
    add({ owner, label, run });
  };
  const after = (owner: string, label: string, delayMs: number, run: () => void): (() => void) => {
    serial += 1;
    const timer: Timer = { owner, label, run, at: now + delayMs, serial, isOff: false };
    timers.push(timer);
    return () => {
      timer.isOff = true;
    };
  };
  const wake = (): void => {
    for (let timer = timers.peek(); timer !== undefined && timer.at <= now; timer = timers.peek()) {
      timers.pop();
      const due = timer;
      if (!due.isOff)
        add({
          ...due,
          run: () => {
            if (!due.isOff) due.run();
          },
        });
    }
  };
  const nextTimer = (): Timer | undefined => {
    for (let timer = timers.peek(); timer !== undefined; timer = timers.peek()) {
      if (!timer.isOff && !dropped.has(timer.owner)) return timer;
      timers.pop();
    }
    return undefined;
  };
  const step = (): boolean => {
    steps += 1;
    if (items.length === 0) {
      const timer = nextTimer();
      if (timer === undefined) return false;
      now = Math.max(now, timer.at);
      wake();
      return true;
    }
    const index = items.length === 1 ? 0 : choose(items);
    const [item] = items.splice(index, 1);
    if (item === undefined) return true;
    note(`${now - START_MS} ${item.owner} ${item.label}`);
    item.run();
    return true;
  };
  const call = <Value>(owner: string, label: string, operate: () => Value | Promise<Value>): Promise<Value> =>
    new Promise((resolve, reject) => {
      post(owner, label, () => {
        try {
          resolve(operate());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  return {
    now: () => now,
    post,
    call,
    after,
    sleep: (owner, delayMs) =>
      new Promise((resolve) => {
        after(owner, 'wakes up', delayMs, resolve);
      }),
    drop: (owner) => {
      dropped.add(owner);
      stalled.delete(owner);
      items = items.filter((item) => item.owner !== owner);
    },
    stall: (owner, delayMs) => {
      if (dropped.has(owner) || stalled.has(owner)) return;
      stalled.set(
        owner,
        items.filter((item) => item.owner === owner),
      );
      items = items.filter((item) => item.owner !== owner);
      after('scheduler', `${owner} goes on`, delayMs, () => {
        const held = stalled.get(owner) ?? [];
        stalled.delete(owner);
        for (const item of held) add(item);
      });
    },
    jump: (delayMs) => {
      now += delayMs;
      wake();
    },
    step,
    steps: () => steps,
  };
};

/**
 * Steps until `isOver`, or nothing is left, or the steps are used up; true when it is over. Between two steps
 * all microtasks run: Node starts a tick only when none is left, and a tick costs a fraction of a turn of the
 * event loop. Nothing in the simulation waits for anything but microtasks and this scheduler.
 */
export const drive = async (
  scheduler: Pick<Scheduler, 'step'>,
  isOver: () => boolean,
  maxSteps: number,
): Promise<boolean> => {
  await drained();
  for (let step = 0; step < maxSteps; step += 1) {
    if (isOver()) return true;
    if (!scheduler.step()) return isOver();
    await drained();
  }
  return isOver();
};

const drained = (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve);
  });
