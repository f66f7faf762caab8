import { isOnStep } from '../../domain/saga/events.ts';
import type { SagaEvent, StepEvent } from '../../domain/saga/events.ts';
import { idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { CannotFold } from '../stored-form.ts';
import { fenced, rearmed, stepsAfter, waitingOf } from './actions.ts';
import { parseSaga } from './parse.ts';
import type { SagaDocument } from './read-model.ts';
import { withStanding } from './standing.ts';
import { timeText } from './time-text.ts';

type Document = Omit<SagaDocument, 'status' | 'waiting'>;
type Started = Extract<SagaEvent, { type: 'SagaStarted' }>;
type Ended = NonNullable<SagaDocument['ended']>;

/**
 * Folds one event of stream `saga-<flowId>` into its document; an event the document holds already changes nothing.
 * @throws CannotFold for an event this version does not know, or one that does not follow the document.
 */
export const projectSaga = (document: SagaDocument | undefined, stored: StoredEvent): SagaDocument => {
  if (document !== undefined && stored.revision <= document.revision) return document;
  assertNext(document, stored);
  const event = parseSaga(stored);
  if (event.type === 'SagaStarted') return withStanding(started(event, stored));
  if (document === undefined) throw new CannotFold(stored, 'the run has not started');
  return withStanding(isOnStep(event) ? onStep(document, event, stored) : onRun(document, event, stored));
};

const assertNext = (document: SagaDocument | undefined, stored: StoredEvent): void => {
  const expected = document === undefined ? 0 : document.revision + 1;
  if (stored.revision !== expected) throw new CannotFold(stored, `expected revision ${expected}`);
};

const started = ({ data }: Started, stored: StoredEvent): Document => ({
  flowId: idOf(stored.stream),
  orchName: data.orchName,
  ...definedBy(data.definition),
  awaitsDefinition: null,
  pausedSince: null,
  undoFailed: false,
  ended: null,
  steps: [],
  undo: null,
  owner: stored.metadata.owner ?? null,
  correlationId: stored.metadata.correlationId,
  startedAt: stored.metadata.recordedAt,
  endedAt: null,
  revision: stored.revision,
  position: stored.position,
});

const definedBy = (definition: Started['data']['definition']) => ({
  definitionVersion: definition?.version ?? null,
  type: definition?.type ?? null,
  initiator: definition?.initiator ?? null,
});

/** What only a person decides: it takes the run out of UNDO_FAILED. */
const DECIDED = new Set<SagaEvent['type']>(['StepRetryRequested', 'StepSkipped', 'StepMarkedDone']);

const onStep = (
  document: Document,
  event: StepEvent,
  { revision, position, metadata }: StoredEvent,
): Document => ({
  ...document,
  undoFailed: document.undoFailed && !DECIDED.has(event.type),
  steps: stepsAfter(document.steps, event, metadata.recordedAt),
  revision,
  position,
});

const onRun = (
  document: Document,
  event: Exclude<SagaEvent, Started | StepEvent>,
  { revision, position, metadata }: StoredEvent,
): Document => ({ ...foldingRun(document, event, metadata.recordedAt), revision, position });

const foldingRun = (
  document: Document,
  event: Exclude<SagaEvent, Started | StepEvent>,
  at: string,
): Document => {
  switch (event.type) {
    case 'SagaWaiting':
      return { ...document, awaitsDefinition: waitingOf(event.data) };
    case 'SagaDefinitionPinned':
      return { ...document, awaitsDefinition: null, ...definedBy(event.data.definition) };
    case 'SagaPaused':
      return { ...document, pausedSince: timeText(event.data.since) };
    case 'SagaResumed':
      return { ...document, pausedSince: null, steps: event.data.timers.reduce(rearmed, document.steps) };
    case 'SagaCancelRequested':
      return document;
    case 'UndoStarted': {
      const { cause, steps, reason } = event.data;
      return { ...fencedRun(document, at), ended: null, endedAt: null, undo: { cause, reason, steps } };
    }
    case 'SagaCompleted':
      return ended(document, 'COMPLETED', at);
    case 'SagaFailed':
      return ended(document, 'FAILED', at);
    case 'SagaUndone':
      return ended(document, 'UNDONE', at);
    case 'SagaCancelled':
      return ended(document, 'CANCELLED', at);
    case 'SagaUndoFailed':
      return { ...document, undoFailed: true };
  }
};

const fencedRun = (document: Document, at: string): Document => ({
  ...document,
  awaitsDefinition: null,
  pausedSince: null,
  steps: fenced(document.steps, at),
});

const ended = (document: Document, ending: Ended, at: string): Document => ({
  ...fencedRun(document, at),
  ended: ending,
  endedAt: at,
});
