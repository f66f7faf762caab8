import { idOf } from '../../domain/stream-name.ts';
import { projection } from '../projection.ts';
import { forgetParsed, parseSaga } from '../saga/parse.ts';
import { SAGA_TIMELINE, timelineEntry } from './read-model.ts';
import type { TimelineEntry } from './read-model.ts';
import { inWords } from './words.ts';

/** What happened to each run, one document per event. */
export const sagaTimeline = projection<TimelineEntry>({
  spec: {
    name: SAGA_TIMELINE,
    fields: { flowId: 'text', revision: 'number' },
    indexes: [['flowId', 'revision']],
    idPrefix: 'flowId',
    isWrittenOnce: true,
    history: false,
  },
  version: 1,
  categories: ['saga'],
  document: timelineEntry,
  afterBatch: forgetParsed,
  keysOf: (event) => [`${idOf(event.stream)}/${String(event.revision)}`],
  fold: (_before, stored) => {
    const event = parseSaga(stored);
    const { revision, metadata, position } = stored;
    const { step, action } = 'step' in event.data ? event.data : { step: null, action: null };
    // Each by its name: spreading costs more than all the rest. In order, as canonical JSON has them: see `jsonInOrder`.
    return {
      action,
      at: metadata.recordedAt,
      by: metadata.actor.id,
      flowId: idOf(stored.stream),
      kind: event.type,
      position,
      revision,
      step,
      text: inWords(event),
    };
  },
});
