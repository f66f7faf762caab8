import type { Definition } from '../../src/domain/orchestration/events.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import type { Premise } from '../../src/queries/what-if/redecide.ts';
import { flowAt, logOf } from './read-models.ts';
import type { Written } from './read-models.ts';
import { recordedRun } from './recorded-run.ts';
import type { Told } from './recorded-run.ts';
import { workersRegistered } from './registrations.ts';

/** A log in which runs of the orchestration `tenant` were told this; the first one is `flowAt(1)`. */
export const logOfRuns = (definition: Definition, ...runs: readonly (readonly Told[])[]): StoredEvent[] => {
  const premises = runs.map((told) => recordedRun(definition, ...told));
  const names = definition.steps.map(({ name }) => name);
  const data = { version: 1, hash: 'hash-1', initiator: 'initiator', definition };
  const written: readonly Written[] = [
    ['orchestration-tenant', { type: 'DefinitionRegistered', data }],
    ['orchestration-tenant', workersRegistered('w', names)],
    ...premises.flatMap(writtenOf),
  ];
  return logOf(...written).map((event) => ({ ...event, metadata: metadataOf(event, premises) }));
};

const writtenOf = ({ appends }: Premise, index: number): readonly Written[] =>
  appends.flatMap(({ events }) => events.map((event): Written => [`saga-${flowAt(index + 1)}`, event]));

/** Events of one append have one command id and one time. */
const metadataOf = ({ stream, revision, metadata }: StoredEvent, premises: readonly Premise[]) => {
  const premise = premises.find((_, index) => stream === `saga-${flowAt(index + 1)}`);
  const append = premise?.appends.findLast((one) => one.revision <= revision);
  if (append === undefined) return metadata;
  const recordedAt = new Date(append.at).toISOString();
  return { ...metadata, commandId: `${stream} ${String(append.revision)}`, recordedAt };
};

/** A sequential definition as an initiator registers it. */
export const registrationOf = ({ type, onUndoFailure, steps }: Definition) => ({
  ...{ orchName: 'tenant', as: 'initiator', type, onUndoFailure },
  // A sequential one says nothing of dependencies.
  steps: steps.map((step) => ({ ...step, dependsOn: null })),
});
