import { describe, it } from 'vitest';
import { replayAggregate } from '../../../src/domain/replay/aggregate.ts';
import type { ReplayCommand } from '../../../src/domain/replay/commands.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import * as replay from '../../support/replays.ts';

const given = deciderSpec(replayAggregate.decider);
const create: ReplayCommand = { type: 'CreateReplay', session: replay.sessionData() };
const start: ReplayCommand = { type: 'StartReplay', upTo: replay.replayAt(9) };
const pause: ReplayCommand = { type: 'PauseReplay', reason: null };
const resume: ReplayCommand = { type: 'ResumeReplay', reason: null };
const cancel: ReplayCommand = { type: 'CancelReplay', reason: 'enough' };
const count: ReplayCommand = { type: 'RecordTotal', total: 9 };
const complete: ReplayCommand = { type: 'CompleteReplay' };
const fail: ReplayCommand = { type: 'FailReplay', code: 'integrity', detail: 'the log is damaged' };
const wait = (some: Parameters<typeof replay.waits>[0] = {}): ReplayCommand => ({
  ...{ type: 'RecordWait', wait: replay.waits(some).data },
});
const progress = (commit: number): ReplayCommand => ({
  ...{ type: 'RecordProgress', progress: replay.progressAt(commit) },
});
const running = [replay.created(), replay.started()];
const ends = { completed: replay.completed, failed: replay.failedWith(), cancelled: replay.cancelled };

describe('a replay session', () => {
  it('is made once', () => {
    given().when(create).then(replay.created());
    given(replay.created()).when(create).thenRejected('replay_started');
  });

  it.each([start, pause, resume, cancel, count, progress(1), wait(), complete, fail])(
    'must be there for $type',
    (command) => {
      given().when(command).thenRejected('unknown_replay');
    },
  );

  it('is started once', () => {
    given(replay.created()).when(start).then(replay.started());
    given(running).when(start).thenRejected('replay_started');
    given(running, replay.paused).when(start).thenRejected('replay_started');
  });

  it('is neither paused nor resumed before it is started', () => {
    given(replay.created()).when(pause).thenRejected('replay_not_started');
    given(replay.created()).when(resume).thenRejected('replay_not_started');
  });

  it('is paused and resumed, which changes nothing where it is so already', () => {
    given(running).when(pause).then(replay.paused);
    given(running, replay.paused).when(pause).thenNothing();
    given(running, replay.paused).when(resume).then(replay.resumed);
    given(running).when(resume).thenNothing();
  });

  it('is cancelled whenever it has not ended', () => {
    for (const before of [[replay.created()], running, [...running, replay.paused]])
      given(before).when(cancel).then(replay.cancelled);
    given(running, replay.cancelled).when(cancel).thenNothing();
  });

  it.each(Object.entries(ends))('is not steered any more once it is %s', (name, end) => {
    for (const command of [start, pause, resume, ...(name === 'cancelled' ? [] : [cancel])])
      given(running, end).when(command).thenRejected('replay_ended');
  });

  it('is told its total once', () => {
    given(running).when(count).then(replay.counted(9));
    given(running, replay.counted(9)).when(count).thenNothing();
    given(replay.created()).when(count).thenRejected('replay_not_running');
  });

  it('takes progress that goes on, also of what was delivered before it was paused or cancelled', () => {
    for (const then of [[], [replay.paused], [replay.cancelled]])
      given(running, then).when(progress(3)).then(replay.progressed(3));
    given(running, replay.progressed(3)).when(progress(4)).then(replay.progressed(4));
  });

  it('says what it waits for while it runs, once for as long as that lasts', () => {
    given(running).when(wait()).then(replay.waits());
    given(running, replay.waits())
      .when(wait({ code: 'EIO' }))
      .thenNothing();
    given(running, replay.waits())
      .when(wait({ reason: 'gap', code: null }))
      .then(replay.waits({ reason: 'gap', code: null }));
    given(running, replay.waits())
      .when(wait({ reason: 'turn', code: null }))
      .thenNothing();
    given(running, replay.waits(), replay.progressed(3)).when(wait()).then(replay.waits());
    for (const before of [[replay.created()], [...running, replay.paused], [...running, replay.completed]])
      given(before).when(wait()).thenNothing();
  });

  it('takes that nothing more is done yet from one that waited for its turn, and from no other', () => {
    const itsTurn = replay.waits({ reason: 'turn', code: null });
    given(running, replay.progressed(3), itsTurn).when(progress(3)).then(replay.progressed(3));
    given(running, replay.progressed(3), replay.waits()).when(progress(3)).thenNothing();
  });

  it('takes no progress that lies behind, nor any after its end', () => {
    given(running, replay.progressed(3)).when(progress(3)).thenNothing();
    given(running, replay.progressed(3)).when(progress(2)).thenNothing();
    given(running, replay.progressed(3), replay.waits({ reason: 'turn', code: null }))
      .when(progress(2))
      .thenNothing();
    given(running, replay.completed).when(progress(4)).thenNothing();
    given(replay.created()).when(progress(1)).thenRejected('replay_not_running');
  });

  it('is completed while it runs, and not while it is paused', () => {
    given(running).when(complete).then(replay.completed);
    for (const later of [replay.paused, replay.cancelled, replay.completed])
      given(running, later).when(complete).thenNothing();
  });

  it('fails once, whether it runs or is paused', () => {
    for (const before of [running, [...running, replay.paused]])
      given(before).when(fail).then(replay.failedWith());
    given(running, replay.failedWith()).when(fail).thenNothing();
    given(replay.created()).when(fail).thenRejected('replay_not_running');
  });
});
