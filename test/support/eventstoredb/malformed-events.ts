import type { EventLog } from './log.ts';
import type { Defect } from './log-types.ts';

const event = (data: string) => ({
  id: crypto.randomUUID(),
  type: 'Malformed',
  contentType: 'application/json',
  data: Buffer.from(data),
  metadata: Buffer.from('{}'),
});

/** Events that no correct client writes, put into a stream as they are. */
export const malformedEvents = (log: EventLog) => ({
  /** Announced as JSON, and is not. */
  plantBadJson: (stream: string): void => log.plant(stream, event('{"broken":')),
  /** The wire leaves out what every event has. */
  plantDefect: (stream: string, defect: Defect): void => log.plant(stream, event('{}'), defect),
});
