import { expect } from 'vitest';
import type { Decider } from '../../src/domain/decider.ts';

/** `given(events, lists of them).when(command)` with three endings: the events, no events, or a rejection with this code. */
export const deciderSpec =
  <Command, State, Event, Code extends string>(decider: Decider<Command, State, Event, Code>) =>
  (...history: readonly (Event | readonly Event[])[]) => ({
    when: (command: Command) => {
      const events = history.flatMap((one) => one);
      const decision = decider.decide(command, events.reduce(decider.evolve, decider.initial));
      const decided = decision.kind === 'accepted' ? decision.events : decision;
      return {
        then: (...expected: readonly Event[]) => {
          expect(decided).toEqual(expected);
        },
        thenNothing: () => {
          expect(decided).toEqual([]);
        },
        thenRejected: (code: Code, detail?: string, pointer?: string) => {
          expect(decision).toMatchObject({ kind: 'rejected', code });
          if (detail !== undefined) expect(decision).toMatchObject({ detail });
          if (pointer !== undefined) expect(decision).toMatchObject({ pointer });
        },
      };
    },
  });
