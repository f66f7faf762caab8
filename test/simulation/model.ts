import { z } from 'zod';
import { orchestrationEvents } from '../../src/domain/orchestration/events.ts';
import type { Definition } from '../../src/domain/orchestration/events.ts';
import { sagaEvents } from '../../src/domain/saga/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { parserOf } from '../../src/domain/aggregate.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { actionIn, hasFinalFailure, isSettled, leadsTo, newRun, owed, stepsOf } from './model-run.ts';
import type { RunModel } from './model-run.ts';
import { applyStepEvent } from './model-steps.ts';
import type { Refuse } from './model-steps.ts';
import { RUN_TABLE, WHILE_PAUSED } from './model-tables.ts';
import type { StepEvent } from './model-tables.ts';

export type Model = {
  readonly runs: ReadonlyMap<string, RunModel>;
  /** Checks one append, event by event, and notes it. Throws `Violation` where an invariant does not hold. */
  readonly append: (events: readonly StoredEvent[]) => void;
};

/** An invariant of reliability section 2 does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

const sagaEventOf = parserOf(sagaEvents);
const orchestrationEventOf = parserOf(orchestrationEvents);
const recorded = z.iso.datetime();

/**
 * What the specification says of orchestrations and runs, as plain tables over the log: written from DESIGN
 * section 5 and the invariants, sharing nothing with the code that decides.
 */
export const createModel = (leaseMs: number): Model => {
  const runs = new Map<string, RunModel>();
  const definitions = new Map<string, Map<number, Definition>>();
  const served = new Map<string, Set<string>>();
  const commands = new Map<string, Set<string>>();

  const orchestration = (orchName: string, stored: StoredEvent): void => {
    const event = orchestrationEventOf(stored);
    const versions = definitions.get(orchName) ?? new Map<number, Definition>();
    definitions.set(orchName, versions);
    if (event.type === 'DefinitionRegistered') {
      if (event.data.version !== versions.size + 1) throw new Violation(`version ${event.data.version} is out of turn`);
      versions.set(event.data.version, event.data.definition);
    }
    if (event.type !== 'WorkersRegistered') return;
    const steps = served.get(orchName) ?? new Set<string>();
    served.set(orchName, steps);
    for (const { name } of event.data.steps) steps.add(name);
  };

  const saga = (flowId: string, stored: StoredEvent): RunModel => {
    const event = sagaEventOf(stored);
    const refuse: Refuse = (why) => {
      throw new Violation(`${why} (${stored.stream} revision ${stored.revision} ${stored.type})`);
    };
    const known = runs.get(flowId);
    const orchName = event.type === 'SagaStarted' ? event.data.orchName : (known?.orchName ?? '');
    const run = known ?? newRun(flowId, orchName);
    runs.set(flowId, run);
    if (run.isPaused && !WHILE_PAUSED.has(event.type)) refuse(`${event.type} while paused`);
    const atMs = Date.parse(recorded.parse(stored.metadata.recordedAt));
    const isServed = (step: string) => served.get(orchName)?.has(step) === true;
    if (isStepEvent(event)) applyStepEvent({ run, atMs, leaseMs, isServed, refuse }, event);
    else {
      if (!RUN_TABLE[event.type].includes(run.phase)) refuse(`I-22 ${event.type} while ${run.phase}`);
      applyRunEvent(run, event, (version) => definitions.get(orchName)?.get(version) ?? null, refuse);
    }
    return run;
  };

  return {
    runs,
    append: (events) => {
      const [first] = events;
      if (first === undefined) return;
      const { stream, metadata } = first;
      // I-02: one command writes to one stream once.
      const known = commands.get(stream) ?? new Set<string>();
      commands.set(stream, known);
      if (known.has(metadata.commandId)) throw new Violation(`I-02 command ${metadata.commandId} wrote twice`);
      known.add(metadata.commandId);
      const id = stream.slice(stream.indexOf('-') + 1);
      for (const event of events) {
        if (stream.startsWith('orchestration-')) orchestration(id, event);
        if (stream.startsWith('saga-')) saga(id, event);
      }
      const run = stream.startsWith('saga-') ? runs.get(id) : undefined;
      if (run?.phase === 'doing' && !run.isPaused && hasFinalFailure(run))
        throw new Violation(`a final failure was left without its consequence (${stream})`);
    },
  };
};

const isStepEvent = (event: SagaEvent): event is StepEvent => 'step' in event.data;

type RunEvent = Exclude<SagaEvent, StepEvent>;

// One flat switch over the union is the plainest form.
// eslint-disable-next-line complexity
const applyRunEvent = (
  run: RunModel,
  event: RunEvent,
  definitionOf: (version: number) => Definition | null,
  refuse: Refuse,
): void => {
  switch (event.type) {
    case 'SagaStarted':
      run.phase = 'doing';
      run.definition = event.data.definition === null ? null : definitionOf(event.data.definition.version);
      return;
    case 'SagaDefinitionPinned':
      if (run.definition !== null) refuse('pinned twice');
      run.definition = definitionOf(event.data.definition.version);
      return;
    case 'SagaWaiting':
      if (run.definition !== null) refuse('waits for a definition it has');
      return;
    case 'SagaPaused':
      run.isPaused = true;
      run.pausedAt = event.data.since;
      return;
    case 'SagaResumed':
      resume(run, event, refuse);
      return;
    case 'SagaCancelRequested':
      run.cancelRequested = true;
      run.cancelUndoes = event.data.undo;
      return;
    case 'UndoStarted':
      startUndo(run, event, refuse);
      return;
    case 'SagaUndoFailed':
      checkStuck(run, refuse);
      run.isStuck = true;
      return;
    case 'SagaCompleted':
    case 'SagaFailed':
    case 'SagaUndone':
    case 'SagaCancelled':
      end(run, event.type, refuse);
  }
};

const resume = (run: RunModel, { data }: Extract<RunEvent, { type: 'SagaResumed' }>, refuse: Refuse): void => {
  if (!run.isPaused) refuse('resumed without a pause');
  run.isPaused = false;
  for (const { step, action, until } of data.timers) {
    const on = actionIn(run, step, action);
    if (until < (on.due ?? 0)) refuse('I-25 a timer was moved to an earlier time');
    on.due = until;
  }
};

const startUndo = (run: RunModel, { data }: Extract<RunEvent, { type: 'UndoStarted' }>, refuse: Refuse): void => {
  const { steps, cause } = data;
  const expected = owed(run);
  const isSame = steps.length === expected.length && expected.every((step) => steps.includes(step));
  if (!isSame) refuse(`I-23 undoes ${steps.join()} instead of ${expected.join()}`);
  const isOrdered = steps.every((step, at) => steps.slice(at + 1).every((other) => !leadsTo(run, step, other)));
  if (!isOrdered) refuse(`I-23 ${steps.join()} is not the reverse order`);
  if (run.phase === 'COMPLETED' && cause !== 'manual') refuse(`a completed run undone by ${cause}`);
  if (cause === 'failure' && !hasFinalFailure(run)) refuse('undoes for a failure that is not there');
  if (run.cancelRequested !== (cause === 'cancel')) refuse('I-28 cancelled and not cancelled');
  run.phase = 'undoing';
  run.isPaused = false;
  run.cause = cause;
  run.plan = steps;
};

const checkStuck = (run: RunModel, refuse: Refuse): void => {
  const places = run.plan.map((step) => actionIn(run, step, 'undo').place);
  if (!places.includes('blocked')) refuse('I-24 stuck without a blocked undo');
  if (places.some((place) => ['in-flight', 'backing-off', 'waiting'].includes(place))) refuse('stuck while undoing');
};

const ENDS = { SagaCompleted: 'COMPLETED', SagaFailed: 'FAILED', SagaUndone: 'UNDONE', SagaCancelled: 'CANCELLED' } as const;

const end = (run: RunModel, type: keyof typeof ENDS, refuse: Refuse): void => {
  const isUndone = run.phase === 'undoing' && run.plan.every((step) => isSettled(run, step));
  const allDone = stepsOf(run).every(({ name }) => actionIn(run, name, 'do').place === 'done');
  if (type === 'SagaCompleted' && (!allDone || run.definition === null)) refuse('completed with steps open');
  if (type === 'SagaFailed' && (!hasFinalFailure(run) || owed(run).length > 0)) refuse('failed with steps to undo');
  if (type === 'SagaUndone' && (!isUndone || run.cause === 'cancel')) refuse('I-23 undone with undos open');
  if (type === 'SagaCancelled' && (!run.cancelRequested || (run.phase === 'undoing' && !isUndone)))
    refuse('I-28 cancelled without a request, or with undos open');
  if (run.cancelRequested && type !== 'SagaCancelled') refuse(`I-28 cancelled, and then ${type}`);
  run.phase = ENDS[type];
  run.isPaused = false;
};
