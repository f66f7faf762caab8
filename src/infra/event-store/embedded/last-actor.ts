import type { AppendMetadata } from '../../../domain/event.ts';

type Actor = AppendMetadata['actor'];

/** Something made of an actor, once for one that equals the last: most appends follow one of the same. */
export const perLastActor = <Value>(make: (actor: Actor) => Value): ((actor: Actor) => Value) => {
  let known: Actor | undefined;
  let value: Value | undefined;
  return (actor) => {
    if (value !== undefined && known !== undefined && isSame(actor, known)) return value;
    value = make(actor);
    // Behind it: where that fails, what is known is still of the one before.
    known = actor;
    return value;
  };
};

const isSame = (one: Actor, other: Actor): boolean =>
  one === other || (one.id === other.id && one.kind === other.kind && one.source === other.source);
