import { z } from 'zod';
import { parseOrchestrationEvent } from '../../src/domain/orchestration/events.ts';
import type { Definition } from '../../src/domain/orchestration/events.ts';
import { parseSagaEvent } from '../../src/domain/saga/events.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { applyEvent } from './model-events.ts';
import { hasFinalFailure, newRun } from './model-run.ts';
import type { ActionName, RunModel } from './model-run.ts';
import type { Refuse, StepContext } from './model-steps.ts';
import { createServices } from './model-services.ts';

export type Model = {
  readonly runs: ReadonlyMap<string, RunModel>;
  /** The latest version of a definition, 0 where there is none. */
  readonly versionOf: (orchName: string) => number;
  /** How many steps a service serves now. */
  readonly servedBy: (orchName: string, service: string) => number;
  /** Checks one append, event by event, and notes it. Throws `Violation` where an invariant does not hold. */
  readonly append: (events: readonly StoredEvent[]) => void;
  /** The connection of the worker that holds this attempt is cut: from `at` on it may be given to another one. */
  readonly abandon: (held: HeldAttempt, at: number) => void;
};

export type HeldAttempt = {
  readonly flowId: string;
  readonly step: string;
  readonly action: ActionName;
  readonly attempt: number;
};

const heldKey = ({ flowId, step, action, attempt }: HeldAttempt): string =>
  [flowId, step, action, attempt].join(' ');

/** An invariant of reliability section 2 does not hold. */
class Violation extends Error {
  override readonly name = 'Violation';
}

const recorded = z.iso.datetime();
const atOf = ({ metadata }: StoredEvent): number => Date.parse(recorded.parse(metadata.recordedAt));

/**
 * What the specification says of orchestrations and runs, as plain tables over the log: written from docs/rules.md
 * and the invariants, sharing nothing with the code that decides.
 */
export const createModel = (leaseMs: number, graceMs: number): Model => {
  const registered = createServices();
  const runs = new Map<string, RunModel>();
  const definitions = new Map<string, Map<number, Definition>>();
  const served = new Map<string, Set<string>>();
  const services = new Map<string, number>();
  const commands = new Map<string, Set<string>>();
  const abandoned = new Map<string, number>();

  const orchestration = (orchName: string, stored: StoredEvent): void => {
    const event = parseOrchestrationEvent(stored);
    const versions = definitions.get(orchName) ?? new Map<number, Definition>();
    definitions.set(orchName, versions);
    if (event.type === 'DefinitionRegistered') {
      if (event.data.version !== versions.size + 1)
        throw new Violation(`version ${event.data.version} is out of turn`);
      versions.set(event.data.version, event.data.definition);
    }
    if (event.type !== 'WorkersRegistered') return;
    const steps = served.get(orchName) ?? new Set<string>();
    served.set(orchName, steps);
    for (const { name } of event.data.steps) steps.add(name);
    const names = event.data.steps.map(({ name }) => name);
    registered.registered(orchName, event.data.service, names, atOf(stored));
    services.set(`${orchName} ${event.data.service}`, event.data.steps.length);
  };

  const saga = (flowId: string, stored: StoredEvent): void => {
    const event = parseSagaEvent(stored);
    const refuse: Refuse = (why) => {
      throw new Violation(`${why} (${stored.stream} revision ${stored.revision} ${stored.type})`);
    };
    const run = runs.get(flowId) ?? newRun(flowId, event.type === 'SagaStarted' ? event.data.orchName : '');
    const { orchName } = run;
    runs.set(flowId, run);
    const atMs = atOf(stored);
    const isDeserted: StepContext['isDeserted'] = (step, since) =>
      registered.longestAlone(orchName, step, since, atMs) >= graceMs;
    const isServed = (step: string) => served.get(orchName)?.has(step) === true;
    const abandonedAt: StepContext['abandonedAt'] = (step, action, attempt) =>
      abandoned.get(heldKey({ flowId, step, action, attempt })) ?? Infinity;
    const { revision } = stored;
    const context = { run, revision, atMs, leaseMs, abandonedAt, isServed, isDeserted, refuse };
    applyEvent(context, event, (version) => definitions.get(orchName)?.get(version) ?? null);
  };

  /** I-02: one command writes to one stream once. */
  const noteCommand = ({ stream, metadata: { commandId } }: StoredEvent): void => {
    const known = commands.get(stream) ?? new Set<string>();
    commands.set(stream, known);
    if (known.has(commandId)) throw new Violation(`I-02 command ${commandId} wrote twice`);
    known.add(commandId);
  };

  const checkConsequence = (run: RunModel | undefined): void => {
    if (run?.phase === 'doing' && !run.isPaused && hasFinalFailure(run))
      throw new Violation(`a final failure was left without its consequence (${run.flowId})`);
  };

  const append = (events: readonly StoredEvent[]): void => {
    const [first] = events;
    if (first === undefined) return;
    noteCommand(first);
    const dash = first.stream.indexOf('-');
    const [category, id] = [first.stream.slice(0, dash), first.stream.slice(dash + 1)];
    for (const event of events) {
      if (category === 'orchestration') orchestration(id, event);
      if (category === 'saga') saga(id, event);
    }
    if (category === 'saga') checkConsequence(runs.get(id));
  };
  const abandon: Model['abandon'] = (held, at) => {
    abandoned.set(heldKey(held), at);
  };
  return {
    runs,
    append,
    abandon,
    versionOf: (orchName) => definitions.get(orchName)?.size ?? 0,
    servedBy: (orchName, service) => services.get(`${orchName} ${service}`) ?? 0,
  };
};
