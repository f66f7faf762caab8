import type { SagaDocument } from '../../projections/saga/read-model.ts';
import { openWaits } from '../../projections/saga/waits.ts';
import type { OperatorCommand } from './explanation.ts';

/** What an operator can tell the run now; each of these would be taken. */
export const operatorCommands = (document: SagaDocument): OperatorCommand[] => {
  const { flowId, ended, pausedSince, undo } = document;
  const undoable = onRun(flowId, 'undo', 'Undo what was done.');
  if (ended !== null) return ended === 'COMPLETED' ? [undoable] : [];
  const steering =
    pausedSince === null
      ? onRun(flowId, 'pause', 'Let nothing new start and let timers stand still.')
      : onRun(flowId, 'resume', 'Let it go on.');
  const leaving = [onRun(flowId, 'cancel', 'End it, with undo or without.'), undoable];
  return [...stepCommands(document), steering, ...(undo === null ? leaving : [])];
};

const stepCommands = (document: SagaDocument): readonly OperatorCommand[] => {
  if (document.pausedSince !== null) return [];
  const { flowId } = document;
  return openWaits(document).flatMap(({ step, reason }) => {
    if (reason === 'retry-backoff')
      return [onStep(flowId, step, 'retry', `Try ${step} again now instead of waiting.`)];
    if (reason !== 'undo-blocked') return [];
    return [
      onStep(flowId, step, 'retry', `Try the undo of ${step} once more.`),
      onStep(flowId, step, 'skip', `Leave the effect of ${step} standing, with a reason.`),
      onStep(flowId, step, 'complete', `Say that ${step} was undone by hand, with a reason.`),
    ];
  });
};

type OnRun = 'pause' | 'resume' | 'cancel' | 'undo';
type OnStep = 'retry' | 'skip' | 'complete';

const onRun = (flowId: string, command: OnRun, words: string): OperatorCommand => ({
  command,
  step: null,
  method: 'POST',
  path: command === 'undo' ? `/api/orchestration/undo/${flowId}` : `/api/v1/sagas/${flowId}/${command}`,
  words,
});

const onStep = (flowId: string, step: string, command: OnStep, words: string): OperatorCommand => ({
  command,
  step,
  method: 'POST',
  path: `/api/v1/sagas/${flowId}/steps/${step}/${command}`,
  words,
});
