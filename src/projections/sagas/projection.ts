import { projection } from '../projection.ts';
import { projectSaga } from '../saga/projection.ts';
import type { ActionDocument, SagaDocument } from '../saga/read-model.ts';
import { waitedAfter } from '../saga/waited.ts';
import { streamId } from '../stored-form.ts';
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
  keysOf: (event) => [streamId(event)],
  fold: (row, event) => {
    if (row !== null && event.revision <= row.revision) return row;
    const document = projectSaga(row ?? undefined, event);
    const waited = waitedAfter(row, document, event.metadata.recordedAt);
    return { ...document, ...waited, ...searchable(document) };
  },
});

const searchable = (document: SagaDocument) => ({
  waitingReason: document.waiting?.reason ?? null,
  missing: document.steps
    .filter((step) => step.do?.waiting?.reason === MISSING || step.undo?.waiting?.reason === MISSING)
    .map(({ name }) => name),
  ...dueTimes(document),
});

const MISSING = 'worker-missing';

const dueTimes = ({ pausedSince, steps }: SagaDocument) => {
  if (pausedSince !== null) return { due: null, lastDue: null };
  const all = steps.flatMap((step) => [...dueOf(step.do), ...dueOf(step.undo)]).sort();
  return { due: all[0] ?? null, lastDue: all.length > 1 ? (all.at(-1) ?? null) : null };
};

// RFC 3339 in UTC with milliseconds: order of text is order of time.
const dueOf = (action: ActionDocument | null): readonly string[] =>
  action?.waiting?.until == null ? [] : [action.waiting.until];
