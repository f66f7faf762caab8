import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../../src/domain/aggregate.ts';
import { canonical } from '../../src/domain/canonical.ts';
import type { DomainEvent } from '../../src/domain/event.ts';

type Options<Command> = {
  /** Commands sent one after the other, starting from the initial state. */
  readonly scripts: fc.Arbitrary<readonly Command[]>;
  readonly runs?: number;
};

/** What every decider promises, over generated histories. */
export const deciderLaws = <Command, State, Event extends DomainEvent, Code extends string>(
  name: string,
  aggregate: Aggregate<Command, State, Event, Code>,
  { scripts, runs = 300 }: Options<Command>,
): void => {
  const { decide, evolve, initial } = aggregate.decider;
  const fold = (events: readonly Event[], from = initial, first = 0): State =>
    events.reduce((state, event, index) => evolve(state, event, first + index), from);

  /** Sends a script; `onDecision` sees each command with the state it met. Gives back the whole history. */
  const play = (
    script: readonly Command[],
    onDecision?: (command: Command, history: readonly Event[]) => void,
  ) => {
    let history: readonly Event[] = [];
    for (const command of script) {
      onDecision?.(command, history);
      const decision = decide(command, fold(history));
      if (decision.kind === 'accepted') history = [...history, ...decision.events];
    }
    return history;
  };

  /** A law that only ever saw empty histories would hold of anything. */
  const holds = (law: (script: readonly Command[], part: number) => readonly Event[]) => {
    let seen = 0;
    const property = fc.property(scripts, fc.nat(), (script, part) => {
      seen += law(script, part).length;
    });
    fc.assert(property, { numRuns: runs });
    expect(seen).toBeGreaterThanOrEqual(runs);
  };

  describe(`laws of ${name}`, () => {
    it('decides the same for the same command and state, throws never and changes neither', () => {
      holds((script) =>
        play(script, (command, history) => {
          const state = fold(history);
          const before = structuredClone({ command, state });
          expect(decide(command, state)).toEqual(decide(command, state));
          expect({ command, state }).toEqual(before);
        }),
      );
    });

    it('says of no decision that it leads elsewhere than its events do', () => {
      holds((script) =>
        play(script, (command, history) => {
          const decision = decide(command, fold(history));
          if (decision.kind === 'rejected' || decision.state === undefined) return;
          expect(decision.state).toEqual(fold([...history, ...decision.events]));
        }),
      );
    });

    it('finds nothing more to record when an accepted command is repeated', () => {
      holds((script) =>
        play(script, (command, history) => {
          const first = decide(command, fold(history));
          if (first.kind === 'rejected') return;
          const again = decide(command, fold([...history, ...first.events]));
          expect(again.kind === 'accepted' ? again.events : []).toEqual([]);
        }),
      );
    });

    it('folds a history in two parts as it does at once', () => {
      holds((script, part) => {
        const history = play(script);
        const cut = part % (history.length + 1);
        const parts = fold(history.slice(cut), fold(history.slice(0, cut)), cut);
        expect(parts).toEqual(fold(history));
        return history;
      });
    });

    it('folds into a new state and leaves the one before as it was', () => {
      holds((script) => {
        const history = play(script);
        history.reduce((state, event, revision) => {
          const before = structuredClone(state);
          const next = evolve(state, event, revision);
          expect(state).toEqual(before);
          return next;
        }, initial);
        return history;
      });
    });

    it('reads back every event it decides as it was', () => {
      holds((script) => {
        const history = play(script);
        const metadata = { schemaVersion: aggregate.schemaVersion };
        for (const { type, data } of history) {
          const stored: unknown = JSON.parse(canonical(data));
          expect(aggregate.parse({ type, data: stored, metadata })).toEqual({ type, data });
        }
        return history;
      });
    });
  });
};
