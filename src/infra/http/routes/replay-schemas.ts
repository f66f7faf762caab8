import { z } from 'zod';
import { replaySessionId } from '../../../commands/replay/inputs.ts';
import { storedEvent } from '../../../domain/stored-event.ts';
import { replayStatus, replayView } from '../../../projections/replays/read-model.ts';
import * as schemas from './schemas.ts';

export const onSession = z.strictObject({ sessionId: replaySessionId });

const event = storedEvent.extend({ position: schemas.position });

export const sessionAnswer = replayView;
export const createdAnswer = schemas.commandAnswer.extend({ sessionId: z.string() });
export const steeredAnswer = schemas.commandAnswer.extend({ sessionStatus: replayStatus });

export const previewAnswer = z.strictObject({
  total: z.int(),
  /** There are more: the count took too long. */
  isCut: z.boolean(),
  sample: z.array(event),
  position: schemas.position,
});

export const recordsAnswer = z.strictObject({
  /** Whether this process fills the sink, or has filled it since its start. */
  isHere: z.boolean(),
  items: z.array(event).readonly(),
  dropped: z.int(),
  position: schemas.position,
});
