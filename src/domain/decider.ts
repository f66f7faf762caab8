/** The outcome of a decision: facts to record, or a refusal with a code the caller can act on. */
export type Decision<Event, Code extends string, State = never> = Accepted<Event, State> | Rejection<Code>;

type Accepted<Event, State> = {
  readonly kind: 'accepted';
  readonly events: readonly Event[];
  /** What the events lead to, where deciding has folded them already: nobody needs to do it again. */
  readonly state?: State;
};

export type Rejection<Code extends string = string> = {
  readonly kind: 'rejected';
  readonly code: Code;
  readonly detail: string;
  /** JSON Pointer of the offending input field, where there is one. */
  readonly pointer?: string;
};

/**
 * A consistency boundary. `decide` never throws and reads nothing but its arguments; `evolve` is total
 * over the events of the union. Both are deterministic, so a stream folds to the same state everywhere.
 */
export type Decider<Command, State, Event, Code extends string> = {
  readonly initial: State;
  readonly decide: (command: Command, state: State) => Decision<Event, Code, State>;
  readonly evolve: (state: State, event: Event, revision: number) => State;
};

export const accept = <Event>(
  ...events: readonly Event[]
): { readonly kind: 'accepted'; readonly events: readonly Event[] } => ({ kind: 'accepted', events });

export const reject = <Code extends string>(
  code: Code,
  detail: string,
  pointer?: string,
): Rejection<Code> => ({
  kind: 'rejected',
  code,
  detail,
  ...(pointer === undefined ? {} : { pointer }),
});
