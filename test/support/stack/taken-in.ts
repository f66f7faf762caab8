// Every record that came in is an event, a note, or a letter (I-31).
import { z } from 'zod';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import type { ReadRecord } from './read-topics.ts';

const placed = z.object({ source: z.object({ topic: z.string(), partition: z.int(), offset: z.string() }) });
const outcome = z.object({ step: z.string(), action: z.string(), attempt: z.int() });
const answer = z.object({
  flowId: z.string(),
  stepName: z.string(),
  action: z.string(),
  metadata: z.object({ attempt: z.int() }),
});

type Place = { readonly topic: string; readonly partition: number; readonly offset: string };
const placeOf = ({ topic, partition, offset }: Place): string => `${topic}/${String(partition)}@${offset}`;

export type TakenIn = {
  readonly records: number;
  /** Runs begun and answers taken over Kafka. */
  readonly events: number;
  readonly notes: number;
  readonly letters: number;
  /** Records that came again after they had become an event: the note says so. */
  readonly takenAgain: number;
  readonly flaws: readonly string[];
};

export const takenIn = (events: readonly StoredEvent[], records: readonly ReadRecord[]): TakenIn => {
  const notes = placesOf(events, 'RecordNoted');
  const letters = placesOf(events, 'LetterParked');
  const causes = causesIn(events);
  const flaws: string[] = [];
  let takenAgain = 0;
  for (const [cause, own] of Map.groupBy(records, causeOf)) {
    const became = causes.filter((each) => each === cause).length;
    const noted = own.filter((record) => notes.includes(placeOf(record))).length;
    const parked = own.filter((record) => letters.includes(placeOf(record))).length;
    takenAgain += Math.max(0, became + noted + parked - own.length);
    if (became > 1) flaws.push(`${cause}: ${String(became)} events`);
    if (became + noted + parked < own.length)
      flaws.push(`${cause}: ${String(own.length)} records, ${String(became)} events, ${String(noted)} notes`);
  }
  const known = new Set(records.map(causeOf));
  return {
    ...{ records: records.length, events: causes.length, notes: notes.length, letters: letters.length },
    takenAgain,
    flaws: [
      ...flaws,
      ...[...notes, ...letters].filter((place, at, all) => all.indexOf(place) !== at),
      ...causes.filter((cause) => !known.has(cause)).map((cause) => `${cause}: nobody sent it`),
    ],
  };
};

const placesOf = (events: readonly StoredEvent[], type: string): readonly string[] =>
  events.filter((event) => event.type === type).map(({ data }) => placeOf(placed.parse(data).source));

/** What a record asks for: the same cause has one event at most. What cannot be read stands for itself. */
const causeOf = (record: ReadRecord): string => {
  const { flowId } = record.headers;
  if (flowId !== undefined) return `start ${flowId}`;
  const { data } = answer.safeParse(bodyOf(record));
  if (data === undefined) return placeOf(record);
  return answerOf(data.flowId, { ...data, step: data.stepName, attempt: data.metadata.attempt });
};

const bodyOf = ({ value }: ReadRecord): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
};

const answerOf = (flowId: string, { step, action, attempt }: z.infer<typeof outcome>): string =>
  `${flowId} ${action.toLowerCase()} ${step} ${String(attempt)}`;

const causesIn = (events: readonly StoredEvent[]): readonly string[] =>
  events
    .filter(({ metadata }) => metadata.actor.source === 'kafka')
    .flatMap(({ type, stream, data }) => {
      const flowId = stream.slice('saga-'.length);
      if (type === 'SagaStarted') return [`start ${flowId}`];
      if (type !== 'StepSucceeded' && type !== 'StepFailed') return [];
      return [answerOf(flowId, outcome.parse(data))];
    });
