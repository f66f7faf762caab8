import { statusOf } from '../../domain/saga/state.ts';
import type { SagaRun } from '../../domain/saga/state.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Divergence, Place } from './differences.ts';
import { withStates } from './history.ts';
import type { Premise } from './redecide.ts';
import type { Registrations } from './registrations.ts';
import { runWhatIf } from './run-what-if.ts';
import type { RunWhatIfView } from './what-if-view.ts';

type Question = {
  readonly premise: Omit<Premise, 'recorded'>;
  readonly definition: Registrations['definition'];
  /** The most differences to show. */
  readonly shown: number;
  readonly position: Position;
};

/** A run as what-if answers it; undefined where nothing is recorded of it. */
export const viewOf = (
  flowId: string,
  { premise, definition, shown, position }: Question,
): RunWhatIfView | undefined => {
  const run = withStates(premise.appends).at(-1)?.after;
  if (run?.kind !== 'run') return undefined;
  const recorded = definition(run.definition?.version ?? 0) ?? null;
  const { firstDivergence, differences, ...answer } = runWhatIf({ ...premise, recorded });
  return {
    ...{ flowId, ...headOf(run), ...answer, position },
    firstDivergence:
      firstDivergence === null ? null : { ...firstDivergence, words: wordsOf(firstDivergence) },
    differences: differences.slice(0, shown),
    differencesTotal: differences.length,
  };
};

const headOf = (run: SagaRun): Pick<RunWhatIfView, 'orchName' | 'status' | 'definitionVersion'> => ({
  orchName: run.orchName,
  status: statusOf(run),
  definitionVersion: run.definition?.version ?? null,
});

const wordsOf = ({ revision, recorded, decided }: Divergence): string => {
  const is = decided === null ? 'nothing' : textOf(decided);
  if (recorded === null || revision === null) return `The record ends; ${is} would follow`;
  const was = `Revision ${String(revision)} is ${textOf(recorded)}`;
  if (decided === null) return `${was}; nothing would stand there`;
  return textOf(decided) === textOf(recorded)
    ? `${was}; it would say something else`
    : `${was}; it would be ${is}`;
};

const textOf = ({ type, step, action, attempt }: Place): string =>
  [type, action, step, attempt === null ? null : `attempt ${String(attempt)}`]
    .filter((part) => part !== null)
    .join(' ');
