import type { Result } from '../../commands/result.ts';
import type { CommandMeter } from '../telemetry/port.ts';
import type { CommandTracer } from '../tracing/port.ts';
import type { Handlers } from './handlers.ts';

/**
 * The same handlers; each command is counted by how it ended, whichever edge it came through.
 * @param traced what else is to be around each of them
 */
export const countedHandlers = (
  handlers: Handlers,
  meter: CommandMeter,
  traced: CommandTracer = (_command, run) => run,
): Handlers => {
  const counted = countedBy(meter, traced);
  const answerTasks = traced('answerTasks', handlers.answerTasks);
  return {
    ...handlers,
    ...countedRuns(handlers, counted),
    ...countedTimers(handlers, counted),
    ...countedReplays(handlers, counted),
    ...countedLetters(handlers, counted),
    ...countedInstances(handlers, counted),
    register: counted('register', handlers.register),
    takeCheckpoint: counted('takeCheckpoint', handlers.takeCheckpoint),
    answerTasks: async (answers, context) => {
      const outcomes = await answerTasks(answers, context);
      for (const { outcome } of outcomes) meter('answerTask', outcome);
      return outcomes;
    },
  };
};

type Counted = ReturnType<typeof countedBy>;

const countedBy =
  (meter: CommandMeter, traced: CommandTracer) =>
  <Input extends readonly unknown[], Value>(
    command: string,
    handler: (...input: Input) => Promise<Result<Value, string>>,
  ) => {
    const run = traced(command, handler);
    return async (...input: Input): Promise<Result<Value, string>> => {
      try {
        const result = await run(...input);
        if (result.kind === 'done') meter(command, result.replayed ? 'replayed' : 'done');
        else meter(command, result.kind, result.code);
        return result;
      } catch (error) {
        meter(command, 'fault');
        throw error;
      }
    };
  };

const countedRuns = (handlers: Handlers, counted: Counted) => ({
  startSaga: counted('startSaga', handlers.startSaga),
  undoSaga: counted('undoSaga', handlers.undoSaga),
  cancelSaga: counted('cancelSaga', handlers.cancelSaga),
  pauseSaga: counted('pauseSaga', handlers.pauseSaga),
  resumeSaga: counted('resumeSaga', handlers.resumeSaga),
  retryStep: counted('retryStep', handlers.retryStep),
  skipStep: counted('skipStep', handlers.skipStep),
  completeStep: counted('completeStep', handlers.completeStep),
});

const countedTimers = (handlers: Handlers, counted: Counted) => ({
  rescheduleTimer: counted('rescheduleTimer', handlers.rescheduleTimer),
  fireTimer: counted('fireTimer', handlers.fireTimer),
  cancelTimer: counted('cancelTimer', handlers.cancelTimer),
  shiftTimers: counted('shiftTimers', handlers.shiftTimers),
});

const countedReplays = (handlers: Handlers, counted: Counted) => ({
  createReplay: counted('createReplay', handlers.createReplay),
  startReplay: counted('startReplay', handlers.startReplay),
  pauseReplay: counted('pauseReplay', handlers.pauseReplay),
  resumeReplay: counted('resumeReplay', handlers.resumeReplay),
  cancelReplay: counted('cancelReplay', handlers.cancelReplay),
});

const countedLetters = (handlers: Handlers, counted: Counted) => ({
  redriveLetter: counted('redriveLetter', handlers.redriveLetter),
  redriveLetters: counted('redriveLetters', handlers.redriveLetters),
  editLetter: counted('editLetter', handlers.editLetter),
  discardLetter: counted('discardLetter', handlers.discardLetter),
});

const countedInstances = (handlers: Handlers, counted: Counted) => ({
  receiveInstance: counted('receiveInstance', handlers.receiveInstance),
  refuseIntake: counted('refuseIntake', handlers.refuseIntake),
  retryInstance: counted('retryInstance', handlers.retryInstance),
  retryInstances: counted('retryInstances', handlers.retryInstances),
  dispatchInstance: counted('dispatchInstance', handlers.dispatchInstance),
  progressInstance: counted('progressInstance', handlers.progressInstance),
  reportInstanceError: counted('reportInstanceError', handlers.reportInstanceError),
  settleInstance: counted('settleInstance', handlers.settleInstance),
  holdInstance: counted('holdInstance', handlers.holdInstance),
  liftInstanceHold: counted('liftInstanceHold', handlers.liftInstanceHold),
  deleteInstance: counted('deleteInstance', handlers.deleteInstance),
  startRetention: counted('startRetention', handlers.startRetention),
});
