import { idOf } from '../../domain/stream-name.ts';
import { projection } from '../projection.ts';
import { forgetParsed } from '../saga/parse.ts';
import { projectSaga } from '../saga/projection.ts';
import type { ActionDocument, SagaDocument } from '../saga/read-model.ts';
import { waitedAfter } from '../saga/waited.ts';
import type { Waited } from '../saga/waited.ts';
import { SAGAS, sagaRow } from './read-model.ts';
import type { SagaRow } from './read-model.ts';

/** Every run there is, one document each. */
export const sagas = projection<SagaRow>({
  spec: {
    name: SAGAS,
    fields: {
      status: 'text',
      orchName: 'text',
      type: 'text',
      initiator: 'text',
      owner: 'text',
      correlationId: 'text',
      waitingReason: 'text',
      missing: 'text[]',
      due: 'text',
      lastDue: 'text',
      startedAt: 'text',
      endedAt: 'text',
    },
    indexes: [
      ['startedAt'],
      ['status', 'startedAt'],
      ['orchName', 'startedAt'],
      ['owner', 'startedAt'],
      ['waitingReason', 'startedAt'],
      // Retention asks which runs an instance has.
      ['correlationId', 'startedAt'],
      ['due'],
      ['lastDue'],
    ],
    history: false,
  },
  version: 3,
  categories: ['saga'],
  document: sagaRow,
  isOver: ({ ended }) => ended !== null,
  afterBatch: forgetParsed,
  keysOf: (event) => [idOf(event.stream)],
  begins: ({ revision }) => revision === 0,
  fold: (row, event) => {
    if (row !== null && event.revision <= row.revision) return row;
    const document = projectSaga(row ?? undefined, event);
    const waited = waitedAfter(row, document, event.metadata.recordedAt);
    return rowOf(document, waited, dueTimes(document));
  },
});

/**
 * Each by its name: spreading more than one object costs many times as much. In order, as canonical JSON has them: see
 * `jsonInOrder`.
 */
const rowOf = (document: SagaDocument, waited: Waited, { due, lastDue }: DueTimes): SagaRow => ({
  awaitsDefinition: document.awaitsDefinition,
  correlationId: document.correlationId,
  countedUntil: waited.countedUntil,
  definitionVersion: document.definitionVersion,
  due,
  ended: document.ended,
  endedAt: document.endedAt,
  flowId: document.flowId,
  initiator: document.initiator,
  lastDue,
  missing: missingSteps(document),
  orchName: document.orchName,
  owner: document.owner,
  pausedSince: document.pausedSince,
  position: document.position,
  revision: document.revision,
  startedAt: document.startedAt,
  status: document.status,
  steps: document.steps,
  type: document.type,
  undo: document.undo,
  undoFailed: document.undoFailed,
  waitedMs: waited.waitedMs,
  waiting: document.waiting,
  waitingReason: document.waiting?.reason ?? null,
  waitsFor: waited.waitsFor,
});

const missingSteps = ({ steps }: SagaDocument): readonly string[] =>
  steps.filter((step) => isMissing(step.do) || isMissing(step.undo)).map(({ name }) => name);

const isMissing = (action: ActionDocument | null): boolean => action?.waiting?.reason === 'worker-missing';

type DueTimes = Pick<SagaRow, 'due' | 'lastDue'>;

const dueTimes = ({ pausedSince, steps }: SagaDocument): DueTimes => {
  if (pausedSince !== null) return NEVER;
  const all: string[] = [];
  for (const step of steps) {
    addDue(all, step.do);
    addDue(all, step.undo);
  }
  if (all.length === 0) return NEVER;
  // RFC 3339 in UTC with milliseconds: order of text is order of time.
  all.sort();
  return { due: all[0] ?? null, lastDue: all.length > 1 ? (all.at(-1) ?? null) : null };
};

const NEVER: DueTimes = { due: null, lastDue: null };

const addDue = (times: string[], action: ActionDocument | null): void => {
  const due = action?.waiting?.until ?? null;
  if (due !== null) times.push(due);
};
