import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SagaCommand } from '../../src/domain/saga/commands.ts';
import { sagaDecider } from '../../src/domain/saga/decide.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import type { Facts } from '../../src/domain/saga/facts.ts';
import type { SagaRun, SagaState } from '../../src/domain/saga/state.ts';
import { waitingReason } from '../../src/projections/saga/read-model.ts';
import { openWaits } from '../../src/projections/saga/waits.ts';
import type { OperatorCommand } from '../../src/queries/saga/explanation.ts';
import { operatorCommands } from '../../src/queries/saga/operator-commands.ts';
import { foldRun, timeSpent } from '../../src/queries/saga/time-spent.ts';
import { canUndo } from '../../src/queries/saga/undo-standing.ts';
import { told } from '../support/saga-builders.ts';
import { scripts } from '../support/saga-scripts.ts';
import { stored } from '../support/saga-stored.ts';
import { sagaWorld } from '../support/saga-world.ts';

type Look = (run: SagaRun, events: readonly SagaEvent[], known: Facts) => void;

/** Plays random scripts and looks at the run each time it has come to rest. */
const everywhere = (runs: number, look: Look): void => {
  const property = fc.property(scripts, (script) => {
    const world = sagaWorld(script, (state, events, known) => {
      if (state.kind === 'run') look(state, events, known);
    });
    for (const move of script.moves) world.play(move);
  });
  fc.assert(property, { numRuns: runs });
};

const documentOf = (events: readonly SagaEvent[]) => {
  const run = foldRun(stored(events));
  if (run === undefined) throw new Error('the run has no events');
  return run;
};

const OVER = new Set(['succeeded', 'skipped', 'marked-done', 'stopped', 'unknown']);

/** What is open by the state the decider works with. */
const openIn = ({ ended, steps, phase }: SagaRun): readonly string[] =>
  ended !== null
    ? []
    : [...steps].flatMap(([step, actions]) => {
        const action = actions[phase];
        return action === null || OVER.has(action.status) ? [] : [`${phase} ${step}`];
      });

describe('a run, wherever it stands', () => {
  it('has exactly one reason for every open step, and shows the first of them by precedence', () => {
    const seen = new Set<string>();
    everywhere(300, (run, events) => {
      const { document } = documentOf(events);
      const waits = openWaits(document);
      expect(waits.map(({ action, step }) => `${action} ${step}`).sort()).toEqual([...openIn(run)].sort());
      const reasons = [
        ...waits.map(({ reason }) => reason),
        ...(document.pausedSince === null ? [] : (['paused'] as const)),
        ...(document.awaitsDefinition === null ? [] : (['definition-missing'] as const)),
      ];
      const first = waitingReason.options.find((reason) => reasons.includes(reason));
      expect(document.waiting?.reason).toBe(run.ended === null ? first : undefined);
      for (const { reason } of waits) seen.add(reason);
    });
    expect([...seen].sort()).toEqual([
      'paused',
      'retry-backoff',
      'undo-blocked',
      'with-worker',
      'worker-missing',
    ]);
  });

  it('has its time accounted for to the millisecond, also long after the last event', () => {
    const ends = new Set<boolean>();
    everywhere(200, (run, events) => {
      const folded = documentOf(events);
      const { startedAt, endedAt } = folded.document;
      const now = new Date(Date.parse(folded.waited.countedUntil) + 12_345).toISOString();
      const { spent, totalMs, until } = timeSpent(folded, now);
      expect(until).toBe(endedAt ?? now);
      expect(totalMs).toBe(Date.parse(until) - Date.parse(startedAt));
      expect(spent.reduce((sum, { ms }) => sum + ms, 0)).toBe(totalMs);
      if (totalMs > 0) expect(spent.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
      ends.add(run.ended === null);
    });
    expect(ends.size).toBe(2);
  });

  it('takes exactly the commands it says an operator can give', () => {
    const given = new Set<string>();
    everywhere(200, (run, events, known) => {
      const listed = operatorCommands(documentOf(events).document);
      for (const command of listed) {
        expect([command, isTaken(commandOf(command), run, known)]).toEqual([command, true]);
        given.add(command.command);
      }
      for (const command of allCommands(run)) {
        if (listed.some((each) => each.command === command.command && each.step === command.step)) continue;
        expect([command, isTaken(commandOf(command), run, known)]).toEqual([command, false]);
      }
    });
    expect([...given].sort()).toEqual(['cancel', 'complete', 'pause', 'resume', 'retry', 'skip', 'undo']);
  });

  it('can be undone when it says so, and else not', () => {
    const answers = new Set<boolean>();
    everywhere(200, (run, _events, known) => {
      const isPossible = canUndo(run);
      expect(isTaken({ type: 'UndoSaga', reason: null }, run, known)).toBe(isPossible);
      answers.add(isPossible);
    });
    expect(answers.size).toBe(2);
  });
});

type Said = Parameters<typeof told>[0];

/** Accepted, and it changes something. */
const isTaken = (command: Said, run: SagaState, known: Facts): boolean => {
  const decision = sagaDecider.decide(told(command, known) satisfies SagaCommand, run);
  return decision.kind === 'accepted' && decision.events.length > 0;
};

type Command = Pick<OperatorCommand, 'command' | 'step'>;

const allCommands = ({ steps }: SagaRun): readonly Command[] => [
  ...(['pause', 'resume', 'cancel', 'undo'] as const).map((command) => ({ command, step: null })),
  ...[...steps.keys()].flatMap((step) =>
    (['retry', 'skip', 'complete'] as const).map((command) => ({ command, step })),
  ),
];

const commandOf = ({ command, step }: Command): Said => {
  const on = { step: step ?? '', reason: 'because' };
  switch (command) {
    case 'pause':
      return { type: 'PauseSaga', timers: 'keep-due', reason: null };
    case 'resume':
      return { type: 'ResumeSaga', reason: null };
    case 'cancel':
      return { type: 'CancelSaga', undo: false, reason: null };
    case 'undo':
      return { type: 'UndoSaga', reason: null };
    case 'retry':
      return { type: 'RetryStep', ...on };
    case 'skip':
      return { type: 'SkipStep', ...on };
    case 'complete':
      return { type: 'CompleteStep', ...on };
  }
};
