// Golden files are added with every new type or version and never edited: logs in the field hold these forms.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Aggregate } from '../../src/domain/aggregate.ts';
import { canonical } from '../../src/domain/canonical.ts';
import type { DomainEvent } from '../../src/domain/event.ts';
import { deadLetterAggregate } from '../../src/domain/dead-letter/aggregate.ts';
import { deadLetterEvents } from '../../src/domain/dead-letter/events.ts';
import { instanceAggregate } from '../../src/domain/instance/aggregate.ts';
import { instanceEvents } from '../../src/domain/instance/events.ts';
import { intakeAggregate } from '../../src/domain/intake/aggregate.ts';
import { intakeEvents } from '../../src/domain/intake/events.ts';
import { messageAggregate } from '../../src/domain/message/aggregate.ts';
import { messageEvents } from '../../src/domain/message/events.ts';
import { orchestrationAggregate } from '../../src/domain/orchestration/aggregate.ts';
import { attemptAggregate } from '../../src/domain/orchestration/attempt.ts';
import { attemptEvents, orchestrationEvents } from '../../src/domain/orchestration/events.ts';
import { replayAggregate } from '../../src/domain/replay/aggregate.ts';
import { replayEvents } from '../../src/domain/replay/events.ts';
import { retryBatchAggregate } from '../../src/domain/retrybatch/aggregate.ts';
import { retryBatchEvents } from '../../src/domain/retrybatch/events.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import { sagaEvents } from '../../src/domain/saga/events.ts';
import { retentionAggregate } from '../../src/domain/retention/aggregate.ts';
import { retentionEvents } from '../../src/domain/retention/events.ts';
import { sequenceAggregate } from '../../src/domain/sequence/aggregate.ts';
import { sequenceEvents } from '../../src/domain/sequence/events.ts';
import { timerShiftAggregate } from '../../src/domain/timershift/aggregate.ts';
import { timerShiftEvents } from '../../src/domain/timershift/events.ts';
import { witnessAggregate } from '../../src/domain/witness/aggregate.ts';
import { witnessEvents } from '../../src/domain/witness/events.ts';
import { workerAggregate } from '../../src/domain/worker/aggregate.ts';
import { workerEvents } from '../../src/domain/worker/events.ts';

const jsonFiles = (folder: string): ReadonlyMap<string, unknown> =>
  new Map(
    readdirSync(new URL(folder, import.meta.url)).map((file) => {
      const text = readFileSync(new URL(`${folder}/${file}`, import.meta.url), 'utf8');
      const json: unknown = JSON.parse(text);
      return [file.replace(/\.json$/, ''), json];
    }),
  );

const goldenEvent = z.strictObject({
  type: z.string(),
  schemaVersion: z.string(),
  examples: z.array(z.record(z.string(), z.json())).min(1),
});

const stored = new Map([...jsonFiles('events')].map(([file, json]) => [file, goldenEvent.parse(json)]));
const schemas = jsonFiles('../../src/schemas');

/** Parses and folds a stored form the way the write path does, and gives the event back as it would be stored. */
const reader =
  <Command, State, Event extends DomainEvent, Code extends string>({
    parse,
    decider,
  }: Aggregate<Command, State, Event, Code>) =>
  (type: string, schemaVersion: string, data: unknown): string => {
    const event = parse({ type, data, metadata: { schemaVersion } });
    decider.evolve(decider.initial, event, 0);
    return canonical(event);
  };

const aggregates = [
  { ...orchestrationAggregate, events: orchestrationEvents, read: reader(orchestrationAggregate) },
  { ...attemptAggregate, events: attemptEvents, read: reader(attemptAggregate) },
  { ...sagaAggregate, events: sagaEvents, read: reader(sagaAggregate) },
  { ...workerAggregate, events: workerEvents, read: reader(workerAggregate) },
  { ...messageAggregate, events: messageEvents, read: reader(messageAggregate) },
  { ...replayAggregate, events: replayEvents, read: reader(replayAggregate) },
  { ...retentionAggregate, events: retentionEvents, read: reader(retentionAggregate) },
  { ...instanceAggregate, events: instanceEvents, read: reader(instanceAggregate) },
  { ...intakeAggregate, events: intakeEvents, read: reader(intakeAggregate) },
  { ...sequenceAggregate, events: sequenceEvents, read: reader(sequenceAggregate) },
  { ...retryBatchAggregate, events: retryBatchEvents, read: reader(retryBatchAggregate) },
  { ...timerShiftAggregate, events: timerShiftEvents, read: reader(timerShiftAggregate) },
  { ...witnessAggregate, events: witnessEvents, read: reader(witnessAggregate) },
  { ...deadLetterAggregate, events: deadLetterEvents, read: reader(deadLetterAggregate) },
];

const types = aggregates.flatMap(({ category, events, schemaVersion, read }) =>
  Object.entries<z.ZodType>(events).map(([type, schema]) => ({
    category,
    type,
    schema,
    read,
    version: schemaVersion,
    current: `${type}@${schemaVersion}`,
  })),
);

describe.each(types)('$category event $type', ({ type, schema, read, version, current }) => {
  it('has a golden file for its current version', () => {
    expect([...stored.keys()]).toContain(current);
  });

  it('has the schema that its current version was published with', () => {
    expect(z.toJSONSchema(schema)).toEqual(schemas.get(current));
  });

  it('reads and folds every form it was ever stored in', () => {
    const forms = [...stored.values()].filter((form) => form.type === type);
    const examples = forms.flatMap(({ examples, schemaVersion }) =>
      examples.map((data) => ({ data, schemaVersion })),
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const { data, schemaVersion } of examples) {
      const text = read(type, schemaVersion, data);
      // What a form of an older major becomes, its upcaster's own test says.
      if (Number.parseInt(schemaVersion) < Number.parseInt(version)) continue;
      // An older form gains the defaults of what was added since, and loses nothing.
      if (schemaVersion === version) expect(text).toBe(canonical({ type, data }));
      else expect(JSON.parse(text)).toEqual({ type, data: expect.objectContaining(data) as unknown });
    }
  });
});

describe('the golden files', () => {
  it('are named after the type and version they hold', () => {
    for (const [file, { type, schemaVersion }] of stored) expect(file).toBe(`${type}@${schemaVersion}`);
  });

  it('hold no type that is gone', () => {
    const known = new Set(types.map(({ type }) => type));
    expect([...stored.values()].filter(({ type }) => !known.has(type))).toEqual([]);
  });

  it('have a schema for every version, and no schema without a version', () => {
    expect([...schemas.keys()].sort()).toEqual([...stored.keys()].sort());
  });
});
