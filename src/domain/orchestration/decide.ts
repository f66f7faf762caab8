import { accept, reject } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { Transport } from '../names.ts';
import { fitsTheLog, toDefinition, tooLarge } from './definition.ts';
import { MAX_STEPS } from './definition-rules.ts';
import type { DefinitionCandidate, DefinitionRejection } from './definition-rules.ts';
import type { OrchestrationEvent } from './events.ts';
import { currentVersion, unknownSteps } from './state.ts';
import type { OrchestrationState, WorkerStep } from './state.ts';

export type RegisterDefinition = {
  readonly type: 'RegisterDefinition';
  readonly initiator: string;
  readonly candidate: DefinitionCandidate;
  /** SHA-256 of the canonical form of what `toDefinition` makes of the candidate; unused when that refuses. */
  readonly hash: string;
};

/** A registration was refused: an event here only where that decides the orchestration's status. */
type NoteRefusal = {
  readonly type: 'NoteRefusal';
  readonly byInitiator: boolean;
  readonly service: string;
  readonly code: string;
  readonly detail: string;
};

export type RegisterWorkers = {
  readonly type: 'RegisterWorkers';
  readonly service: string;
  readonly steps: readonly { readonly name: string; readonly objectType: string | null }[];
  readonly transport: Transport;
};

export type OrchestrationCommand = RegisterDefinition | NoteRefusal | RegisterWorkers;

export type OrchestrationRejection = DefinitionRejection;

type Decided = Decision<OrchestrationEvent, OrchestrationRejection>;

export const decide = (command: OrchestrationCommand, state: OrchestrationState): Decided => {
  switch (command.type) {
    case 'RegisterDefinition':
      return registerDefinition(command, state);
    case 'NoteRefusal':
      return noteRefusal(command, state);
    case 'RegisterWorkers':
      return registerWorkers(command, state);
  }
};

const registerDefinition = (
  { initiator, candidate, hash }: RegisterDefinition,
  state: OrchestrationState,
) => {
  const result = toDefinition(candidate);
  if (result.kind === 'rejected') return result;
  const current = currentVersion(state);
  if (current?.hash === hash && current.initiator === initiator) return accept<OrchestrationEvent>();
  const version = (current?.version ?? 0) + 1;
  return accept<OrchestrationEvent>({
    type: 'DefinitionRegistered',
    data: { version, hash, initiator, definition: result.definition },
  });
};

/** A definition that works is never damaged; the same reason again is no news. */
const noteRefusal = (
  { byInitiator, service: initiator, code, detail }: NoteRefusal,
  state: OrchestrationState,
): Decided => {
  const known = state.refusal;
  const isKnown = known?.initiator === initiator && known.code === code && known.detail === detail;
  if (!byInitiator || currentVersion(state) !== undefined || isKnown) return accept();
  return accept({ type: 'DefinitionRefused', data: { initiator, code, detail } });
};

const registerWorkers = (
  { service, steps, transport }: RegisterWorkers,
  state: OrchestrationState,
): Decided => {
  if (steps.length === 0) return reject('no_steps', 'A registration needs at least one step', '/steps');
  if (steps.length > MAX_STEPS)
    return reject('too_many_steps', `A registration has at most ${MAX_STEPS} steps`, '/steps');
  const { first, repeated } = splitRepeated(steps);
  const served = first.map(({ name, objectType }) => ({ name, objectType, transport }));
  if (isSameSet(served, state.workers.get(service))) return accept();
  const unknown = unknownSteps(state, namesOf(served));
  const again = repeated.length === 0 ? {} : { repeated: [...repeated] };
  const data = { service, steps: served, unknown: [...unknown], ...again };
  return fitsTheLog(data) ? accept({ type: 'WorkersRegistered', data }) : tooLarge();
};

const namesOf = (steps: readonly WorkerStep[]): readonly string[] => steps.map(({ name }) => name);

/** The first mention of every step, and the names mentioned again after it. */
export const splitRepeated = <Step extends { readonly name: string }>(
  steps: readonly Step[],
): { readonly first: readonly Step[]; readonly repeated: readonly string[] } => {
  const isFirst = ({ name }: Step, index: number) => steps.findIndex((step) => step.name === name) === index;
  return {
    first: steps.filter(isFirst),
    repeated: steps.filter((step, index) => !isFirst(step, index)).map(({ name }) => name),
  };
};

const isSameSet = (served: readonly WorkerStep[], before: readonly WorkerStep[] | undefined): boolean => {
  if (before?.length !== served.length) return false;
  return served.every(({ name, objectType, transport }) =>
    before.some(
      (step) => step.name === name && step.objectType === objectType && step.transport === transport,
    ),
  );
};
