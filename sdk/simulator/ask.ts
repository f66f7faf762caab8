import type { Surroundings } from './stores.ts';
import { SimulatedFault } from './sites.ts';
import type { World } from './world.ts';

/** `lost`: no answer came; what was asked may have happened or not. */
export type Asked<Value> = { readonly kind: 'answer'; readonly value: Value } | { readonly kind: 'lost' };

export type Ask = <Value>(
  label: string,
  run: (world: World) => Promise<Value>,
  onLost?: (world: World, value: Value) => Promise<void>,
) => Promise<Asked<Value>>;

export type Member = {
  readonly owner: string;
  readonly world: World;
  /** To be called where the process ends before it has answered. */
  readonly asks: Set<() => void>;
  readonly restart: () => void;
};

type Question<Value> = {
  readonly label: string;
  readonly run: (world: World) => Promise<Value>;
  readonly onLost: ((world: World, value: Value) => Promise<void>) | undefined;
};

/** A call to one process, or to nobody; each way takes a step. */
export const ask = <Value>(
  around: Surroundings,
  member: Member | undefined,
  question: Question<Value>,
): Promise<Asked<Value>> =>
  new Promise((resolve) => {
    const { scheduler } = around;
    const answer = (asked: Asked<Value>): void => {
      member?.asks.delete(lost);
      scheduler.post('outside', `${question.label}: ${asked.kind}`, () => {
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
    member.asks.add(lost);
    scheduler.post(member.owner, `is asked: ${question.label}`, () => {
      void answered(around, member, question).then(answer);
    });
  });

const answered = async <Value>(
  { scheduler, faults, fail }: Surroundings,
  { owner, world }: Member,
  { label, run, onLost }: Question<Value>,
): Promise<Asked<Value>> => {
  try {
    const value = await run(world);
    await scheduler.call(owner, `answers: ${label}`, () => undefined);
    if (!faults.hits('call-reply-lost')) return { kind: 'answer', value };
    if (onLost !== undefined && faults.hits('poll-reply-returned')) await onLost(world, value);
  } catch (error) {
    if (!(error instanceof SimulatedFault)) fail(error);
  }
  return { kind: 'lost' };
};
