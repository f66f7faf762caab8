import { v7 } from 'uuid';
import type { EngineSettings } from '../../src/commands/engine/engine.ts';
import type { Clock } from '../../src/infra/clock/port.ts';
import type { Faults } from './faults.ts';
import { simulatedKeys } from './keys.ts';
import type { SimulatedLog } from './log.ts';
import type { Prng } from './prng.ts';
import { queueThrough, realQueue, simulatedJournal } from './queue.ts';
import type { Scheduler } from './scheduler.ts';
import { simulatedStore } from './store.ts';
import { SimulatedFault, faultyWay } from './way.ts';
import { createWorld } from './world.ts';
import type { Mutation, Ports, World } from './world.ts';

export type Surroundings = {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly faults: Faults;
  readonly log: SimulatedLog;
  /** The run has failed: something happened that must not happen. */
  readonly fail: (error: unknown) => void;
};

export type ClusterOptions = {
  /** A second process that writes to the same log. */
  readonly hasRival: boolean;
  readonly settings: EngineSettings;
  readonly cacheBytes: number;
  readonly keepsClaims: boolean;
  readonly mutation: Mutation;
};

/** `lost`: no answer came; what was asked may have happened or not. */
export type Asked<Value> = { readonly kind: 'answer'; readonly value: Value } | { readonly kind: 'lost' };

type Role = 'main' | 'rival';
type Member = {
  readonly owner: string;
  readonly role: Role;
  readonly world: World;
  readonly asks: Set<() => void>;
};

/**
 * The process that serves the workers, and perhaps a rival: another process over the same log, which takes
 * commands and answers and has timers of its own. The queue is in memory, so workers poll one process only,
 * and it dies with that process.
 */
export const createCluster = (around: Surroundings, options: ClusterOptions) => {
  const { scheduler, random, faults } = around;
  const keys = simulatedKeys();
  const journal = options.keepsClaims ? simulatedJournal() : null;
  const nextId = idsOf(around);
  const members: Member[] = [];
  let started = 0;

  const start = (role: Role): void => {
    started += 1;
    const owner = `${role}-${started}`;
    const call = <Value>(label: string, operate: () => Value) => scheduler.call(owner, label, operate);
    const store = simulatedStore(around.log, faultyWay(around, owner));
    const clock: Clock = {
      now: scheduler.now,
      schedule: (delayMs, task) => scheduler.after(owner, 'a timer fires', delayMs, task),
    };
    const queue = realQueue(scheduler, role === 'main' ? journal : null);
    const own = { store, keys: keys.through(call), queue: queueThrough(scheduler, owner, queue) };
    const ports: Ports = { ...own, clock, random, ids: { next: nextId } };
    const onTrouble = (error: unknown): void => {
      if (!(error instanceof SimulatedFault)) around.fail(error);
    };
    // A process whose log fails ends; somebody starts it again.
    const onEnd = (error: unknown): void => {
      onTrouble(error);
      crash(owner);
    };
    const { settings, cacheBytes, mutation } = options;
    const world = createWorld(ports, { settings, cacheBytes, mutation, onTrouble, onEnd });
    members.push({ owner, role, world, asks: new Set() });
  };
  const crash = (owner: string): void => {
    const index = members.findIndex((member) => member.owner === owner);
    const [gone] = index < 0 ? [] : members.splice(index, 1);
    if (gone === undefined) return;
    scheduler.drop(owner);
    for (const lost of gone.asks) lost();
    scheduler.after('cluster', `${owner} is started again`, random.between(0, 30_000), () => {
      start(gone.role);
    });
  };
  start('main');
  if (options.hasRival) start('rival');
  if (options.hasRival) faults.saw('two-worlds');

  return {
    /** Sends a call to one of the processes. */
    ask: <Value>(label: string, run: (world: World) => Promise<Value>): Promise<Asked<Value>> =>
      ask(around, members.length === 0 ? undefined : random.pick(members), label, run),
    /** Sends a call to the process that has the queue. */
    askMain: <Value>(label: string, run: (world: World) => Promise<Value>): Promise<Asked<Value>> =>
      ask(
        around,
        members.find(({ role }) => role === 'main'),
        label,
        run,
      ),
    crashOne: (): void => {
      if (members.length > 0) crash(random.pick(members).owner);
    },
    stallOne: (): void => {
      if (members.length > 0) scheduler.stall(random.pick(members).owner, random.between(1, 60_000));
    },
    /** No claim was ever forgotten. */
    knowsClaims: journal !== null,
    hasRival: options.hasRival,
  };
};
export type Cluster = ReturnType<typeof createCluster>;

const idsOf = ({ scheduler, random }: Surroundings): (() => string) => {
  let seq = 0;
  return () => {
    seq += 1;
    const bytes = Uint8Array.from({ length: 16 }, () => random.below(256));
    return v7({ msecs: scheduler.now(), seq, random: bytes });
  };
};

const ask = <Value>(
  { scheduler, faults, fail }: Surroundings,
  member: Member | undefined,
  label: string,
  run: (world: World) => Promise<Value>,
): Promise<Asked<Value>> =>
  new Promise((resolve) => {
    const answer = (asked: Asked<Value>): void => {
      member?.asks.delete(lost);
      scheduler.post('outside', `${label}: ${asked.kind}`, () => {
        resolve(asked);
      });
    };
    const lost = (): void => {
      answer({ kind: 'lost' });
    };
    if (member === undefined) {
      lost();
      return;
    }
    const { owner, world } = member;
    member.asks.add(lost);
    scheduler.post(owner, `is asked: ${label}`, () => {
      run(world).then(
        (value) => {
          scheduler.post(owner, `answers: ${label}`, () => {
            answer(faults.hits('call-reply-lost') ? { kind: 'lost' } : { kind: 'answer', value });
          });
        },
        (error: unknown) => {
          if (!(error instanceof SimulatedFault)) fail(error);
          lost();
        },
      );
    });
  });
