import type { SagaCommand } from '../../src/domain/saga/commands.ts';
import { sagaDecider } from '../../src/domain/saga/decide.ts';
import { isOnTimer } from '../../src/domain/saga/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import type { Facts } from '../../src/domain/saga/facts.ts';
import { actionOf } from '../../src/domain/saga/state.ts';
import type { SagaState } from '../../src/domain/saga/state.ts';
import { facts, fail, lapse, servedBy, start, succeed, takeBack, timeOut, told } from './saga-builders.ts';
import type { Move, Script } from './saga-scripts.ts';

type Task = { readonly step: string; readonly action: 'do' | 'undo'; readonly attempt: number };

/** A run and what is around it. `onRest` sees it after every command. */
export const sagaWorld = (
  script: Script,
  onRest: (state: SagaState, events: readonly SagaEvent[], known: Facts) => void,
) => {
  const names = script.definition.steps.map(({ name }) => name);
  const served = (mask: readonly boolean[]) => servedBy(names.filter((_, index) => mask[index]));
  const events: SagaEvent[] = [];
  const sent: SagaCommand[] = [];
  let state = sagaDecider.initial;
  let known = facts(script.isDefined ? script.definition : null, {
    workers: served(script.mask),
    random: script.random,
  });

  const send = (command: SagaCommand): void => {
    sent.push(command);
    const decision = sagaDecider.decide(command, state);
    if (decision.kind === 'rejected') return;
    for (const event of decision.events) {
      state = sagaDecider.evolve(state, event, events.length);
      events.push(event);
    }
    onRest(state, events, known);
  };

  /** The facts change, and the engine asks the run what follows. */
  const learn = (change: Partial<Facts>): void => {
    known = { ...known, ...change };
    send(told({ type: 'AdvanceSaga' }, known));
  };
  const define = () => {
    learn({ definition: facts(script.definition).definition });
  };
  const wait = (ms: number) => {
    learn({ now: known.now + ms });
  };

  const play = (move: Move): void => {
    if (move.kind === 'wait') wait(move.ms);
    else if (move.kind === 'workers') learn({ workers: served(move.mask) });
    else if (move.kind === 'define') define();
    else for (const command of commandsOf(move, events, names, known)) send(command);
  };

  const isLeftToAPerson = (step: string): boolean =>
    state.kind === 'run' && state.phase === 'do' && actionOf(state, step, 'do')?.status === 'blocked';

  /** Faults stop: every worker is there, a person sets going what had its retry cancelled, every task succeeds. */
  const calm = (): void => {
    define();
    learn({ workers: served(names.map(() => true)) });
    send(told({ type: 'ResumeSaga', reason: null }, known));
    for (const step of names.filter(isLeftToAPerson))
      send(told({ type: 'RetryStep', step, reason: null }, known));
    for (let round = 0; round < 4 * names.length; round += 1) {
      for (const { step, ...on } of handedOut(events)) send(succeed(step, known, on));
      wait(60_000);
    }
  };

  send(start(known));
  return { events, sent, play, calm, send, known: () => known, state: () => state };
};

type OnRun = Exclude<Move, { kind: 'wait' | 'workers' | 'define' }>;

const commandsOf = (
  move: OnRun,
  events: readonly SagaEvent[],
  names: readonly string[],
  known: Facts,
): readonly SagaCommand[] => {
  const reason = 'because';
  switch (move.kind) {
    case 'succeed':
      return onTask(move.pick, handedOut(events), ({ step, ...on }) => succeed(step, known, on));
    case 'fail': {
      const { retryable, code } = move;
      return onTask(move.pick, handedOut(events), ({ step, ...on }) =>
        fail(step, known, { ...on, retryable, code }),
      );
    }
    case 'repeat':
      return onTask(move.pick, dispatches(events), ({ step, ...on }) => succeed(step, known, on));
    case 'lapse':
      return onTask(move.pick, dispatches(events), ({ step, ...on }) => lapse(step, known, on));
    case 'time-out':
      return onTask(move.pick, dispatches(events), ({ step, ...on }) => timeOut(step, known, on));
    case 'unclaimed':
      return onTask(move.pick, handedOut(events), ({ step, ...on }) =>
        timeOut(step, known, { ...on, kind: 'schedule' }),
      );
    case 'take-back':
      return onTask(move.pick, dispatches(events), ({ step, ...on }) => takeBack(step, known, on));
    case 'retry':
      return onStep(move.pick, retryable(events, names), (step) =>
        told({ type: 'RetryStep', step, reason }, known),
      );
    case 'skip':
      return onStep(move.pick, retryable(events, names), (step) =>
        told({ type: 'SkipStep', step, reason }, known),
      );
    case 'complete':
      return onStep(move.pick, retryable(events, names), (step) =>
        told({ type: 'CompleteStep', step, reason }, known),
      );
    case 'fire':
      return onTimer(move.pick, events, (timer) => told({ type: 'FireTimer', ...timer, reason }, known));
    case 'cancel-timer':
      return onTimer(move.pick, events, (timer) => told({ type: 'CancelTimer', ...timer, reason }, known));
    case 'reschedule':
      return onTimer(move.pick, events, (timer) =>
        told({ type: 'RescheduleTimer', ...timer, until: Math.max(0, known.now + move.ms), reason }, known),
      );
    case 'shift':
      return [shift(move, events.length - 1, known)];
    case 'foreign':
      return [succeed('elsewhere', known), succeed('a', known, { attempt: 99 })];
    case 'undo':
      return [told({ type: 'UndoSaga', reason }, known)];
    case 'pause':
      return [told({ type: 'PauseSaga', timers: 'keep-due', reason }, known)];
    case 'pause-timers':
      return [told({ type: 'PauseSaga', timers: 'keep-remaining', reason }, known)];
    case 'resume':
      return [told({ type: 'ResumeSaga', reason }, known)];
    case 'cancel':
      return [told({ type: 'CancelSaga', undo: false, reason }, known)];
    case 'cancel-undo':
      return [told({ type: 'CancelSaga', undo: true, reason }, known)];
  }
};

const onTask = (pick: number, tasks: readonly Task[], command: (task: Task) => SagaCommand) => {
  const task = tasks[pick % Math.max(1, tasks.length)];
  return task === undefined ? [] : [command(task)];
};

type OnTimer = { readonly step: string; readonly action: 'do' | 'undo'; readonly revision: number };

/** What waits for its time, or for a worker; a timer of another step where there is none. */
const onTimer = (pick: number, events: readonly SagaEvent[], command: (on: OnTimer) => SagaCommand) => {
  const waiting = latest(events).flatMap(({ type, data }) =>
    'step' in data && (type === 'StepRetryScheduled' || type === 'StepDispatched') ? [data] : [],
  );
  const { step = 'a', action = 'do' } = waiting[pick % Math.max(1, waiting.length)] ?? {};
  return [command({ step, action, revision: events.length - 1 })];
};

/** Of every kind of timer, or of one; by as much, or to one time. */
const shift = (
  { pick, ms }: { readonly pick: number; readonly ms: number },
  revision: number,
  known: Facts,
): SagaCommand => {
  const kind = ([null, 'retry', 'schedule'] as const)[pick % 3] ?? null;
  const match = { step: null, kind, from: null, before: pick % 2 === 0 ? null : known.now + 30_000 };
  const move = pick > 10 ? { byMs: ms } : { to: known.now + 5000 };
  return told({ type: 'ShiftTimers', revision, match, move, reason: 'because' }, known);
};

const onStep = (pick: number, names: readonly string[], command: (step: string) => SagaCommand) =>
  names.filter((_, index) => index === pick % names.length).map(command);

/** Steps that are blocked or back off; any step where there is none. */
const retryable = (events: readonly SagaEvent[], names: readonly string[]): readonly string[] => {
  const found = latest(events).flatMap(({ type, data }) =>
    'step' in data && (type === 'StepBlocked' || type === 'StepRetryScheduled') ? [data.step] : [],
  );
  return found.length > 0 ? found : names;
};

const dispatches = (events: readonly SagaEvent[]): readonly Task[] =>
  events.flatMap((event) => {
    if (event.type !== 'StepDispatched') return [];
    const { step, action, attempt } = event.data;
    return [{ step, action, attempt }];
  });

/** What workers hold: dispatches that nothing more was heard of. They may have been fenced meanwhile. */
const handedOut = (events: readonly SagaEvent[]): readonly Task[] => dispatches(latest(events));

/** The latest event on each action of each step, what was done with its timers left out. */
const latest = (events: readonly SagaEvent[]): readonly SagaEvent[] => [
  ...new Map(
    events.flatMap((event) =>
      'step' in event.data && !isOnTimer(event)
        ? [[`${event.data.action} ${event.data.step}`, event] as const]
        : [],
    ),
  ).values(),
];
