import { accept, reject } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { ReplayCommand, ReplayRejection } from './commands.ts';
import type { ReplayEvent, ReplayProgress } from './events.ts';
import type { Replay, ReplayState, ReplayStatus } from './state.ts';

type Decided = Decision<ReplayEvent, ReplayRejection>;
type On<Type> = Extract<ReplayCommand, { type: Type }>;

/** A session goes CREATED, RUNNING ⇄ PAUSED, and ends once. What its runner tells twice changes nothing. */
export const decide = (command: ReplayCommand, state: ReplayState): Decided => {
  if (command.type === 'CreateReplay')
    return state.kind === 'absent'
      ? accept({ type: 'ReplayCreated', data: command.session })
      : reject('replay_started', 'there is a session of this id');
  return state.kind === 'absent' ? reject('unknown_replay', 'no such session') : decideOn(command, state);
};

const decideOn = (command: Exclude<ReplayCommand, { type: 'CreateReplay' }>, state: Replay): Decided => {
  switch (command.type) {
    case 'StartReplay':
      return started(command, state);
    case 'PauseReplay':
      return paused(command, state);
    case 'ResumeReplay':
      return resumed(command, state);
    case 'CancelReplay':
      return cancelled(command, state);
    case 'RecordTotal':
    case 'RecordProgress':
      return told(command, state);
    case 'RecordWait':
      return waiting(command, state);
    case 'CompleteReplay':
      return state.status === 'RUNNING' ? accept({ type: 'ReplayCompleted', data: {} }) : accept();
    case 'FailReplay':
      return failed(command, state);
  }
};

const ENDED: ReadonlySet<ReplayStatus> = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);

const over = ({ status }: Replay): Decided => reject('replay_ended', `the session is ${status}`);

const started = ({ upTo }: On<'StartReplay'>, state: Replay): Decided => {
  if (ENDED.has(state.status)) return over(state);
  return state.status === 'CREATED'
    ? accept({ type: 'ReplayStarted', data: { upTo } })
    : reject('replay_started', 'the session is started already');
};

const paused = ({ reason }: On<'PauseReplay'>, state: Replay): Decided => {
  if (ENDED.has(state.status)) return over(state);
  if (state.status === 'CREATED') return reject('replay_not_started', 'the session is not started yet');
  return state.status === 'PAUSED' ? accept() : accept({ type: 'ReplayPaused', data: { reason } });
};

const resumed = ({ reason }: On<'ResumeReplay'>, state: Replay): Decided => {
  if (ENDED.has(state.status)) return over(state);
  if (state.status === 'CREATED') return reject('replay_not_started', 'the session is not started yet');
  return state.status === 'RUNNING' ? accept() : accept({ type: 'ReplayResumed', data: { reason } });
};

const cancelled = ({ reason }: On<'CancelReplay'>, state: Replay): Decided => {
  if (state.status === 'CANCELLED') return accept();
  return ENDED.has(state.status) ? over(state) : accept({ type: 'ReplayCancelled', data: { reason } });
};

/**
 * What was delivered is recorded also when the session was paused or cancelled meanwhile: it was delivered. Whoever
 * lags behind another runner has nothing to tell. That nothing more is done yet is news of one that waited for its turn.
 */
const told = (command: On<'RecordTotal'> | On<'RecordProgress'>, state: Replay): Decided => {
  if (state.upTo === null) return reject('replay_not_running', 'the session is not started yet');
  if (state.status === 'COMPLETED' || state.status === 'FAILED') return accept();
  if (command.type === 'RecordTotal') {
    const { total } = command;
    return state.total === null ? accept({ type: 'ReplayCounted', data: { total } }) : accept();
  }
  const { progress } = command;
  return isProgress(progress, state) ? accept({ type: 'ReplayProgressed', data: progress }) : accept();
};

const isProgress = ({ position }: ReplayProgress, { progress, waiting: known }: Replay): boolean => {
  if (progress === null || position > progress.position) return true;
  return known?.reason === 'turn' && position === progress.position;
};

/** Said once for as long as it lasts; that it is not its turn is no news of one that waits for something else. */
const waiting = ({ wait }: On<'RecordWait'>, { status, waiting: known }: Replay): Decided => {
  const isNews = known === null || (known.reason !== wait.reason && wait.reason !== 'turn');
  return status === 'RUNNING' && isNews ? accept({ type: 'ReplayWaiting', data: wait }) : accept();
};

const failed = ({ code, detail }: On<'FailReplay'>, state: Replay): Decided => {
  if (ENDED.has(state.status)) return accept();
  return state.upTo === null
    ? reject('replay_not_running', 'the session is not started yet')
    : accept({ type: 'ReplayFailed', data: { code, detail } });
};
