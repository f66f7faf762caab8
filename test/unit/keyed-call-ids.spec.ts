// What a repeated call is known by: derived otherwise, calls from before an upgrade would be done once more after it.
import { expect, it } from 'vitest';
import { simulatedKeys } from '../../sdk/simulator/keys.ts';
import { letterCommands } from '../../src/commands/dead-letter/letter-commands.ts';
import { parkLetter } from '../../src/commands/dead-letter/park-letter.ts';
import { commandIdOf } from '../../src/commands/deterministic-ids.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { startRetention } from '../../src/commands/instance/start-retention.ts';
import { createReplay } from '../../src/commands/replay/create-replay.ts';
import { createReplayInput } from '../../src/commands/replay/inputs.ts';
import { steerReplay } from '../../src/commands/replay/steer-replay.ts';
import { shiftTimers } from '../../src/commands/timer/request-shift.ts';
import { deadLetterAggregate } from '../../src/domain/dead-letter/aggregate.ts';
import { replayAggregate } from '../../src/domain/replay/aggregate.ts';
import { retentionAggregate } from '../../src/domain/retention/aggregate.ts';
import { timerShiftAggregate } from '../../src/domain/timershift/aggregate.ts';
import { systemClock, systemIds } from '../../src/infra/clock/system.ts';
import { START } from '../../src/infra/event-store/port.ts';
import { headersWith, instancesOver, keyed, objectWith, valueOf } from '../support/instance-world.ts';
import { recordOf } from '../support/letter-world.ts';
import { plainLog } from '../support/plain-log.ts';

const errors = [{ errorCode: 'NO_MAPPING', args: null }];
const reason = { reason: 'because' };
const call = keyed('KEY');
const idOf = (...what: readonly string[]): string => commandIdOf('erik', ...what, 'KEY');

const world = () => {
  const clock = systemClock();
  const store = plainLog(clock.now);
  const keys = simulatedKeys().through((_label, operate) => Promise.resolve(operate()));
  const base = { store, clock, keys, ids: systemIds(), check: () => undefined, bus: { id: 'bus-1' } };
  const deps = {
    ...{ ...base, targets: { check: () => undefined }, days: 60 },
    sequences: { sequenceOf: () => null, note: () => undefined },
    letters: createExecutor(base, deadLetterAggregate),
    replays: createExecutor(base, replayAggregate),
    retentionRuns: createExecutor(base, retentionAggregate),
    timerShifts: createExecutor(base, timerShiftAggregate),
  };
  const park = parkLetter(deps);
  const writtenAs = async () => {
    const { events } = await store.readAll({ after: START, max: 4096 });
    const asked = events.filter(({ metadata }) => metadata.actor.id === 'erik');
    return Object.fromEntries(asked.map(({ type, metadata }) => [type, metadata.commandId]));
  };
  return {
    ...{ deps, writtenAs },
    parked: async (number: number): Promise<string> => {
      const poison = { kind: 'poison', code: 'x', detail: 'x' } as const;
      const commandId = commandIdOf(String(number));
      return valueOf(await park({ record: recordOf(number), commandId, poison, behind: null })).letterId;
    },
  };
};

it('is the same for a call on a dead letter', async () => {
  const { deps, writtenAs, parked } = world();
  const commands = letterCommands(deps);
  const [edited, discarded, one, other] = [
    await parked(1),
    await parked(2),
    await parked(3),
    await parked(4),
  ];
  await commands.editLetter({ letterId: edited }, { ...reason, text: 'x' }, call);
  await commands.discardLetter({ letterId: discarded }, reason, call);
  expect(await writtenAs()).toEqual({
    LetterEdited: idOf('edit', 'letter', edited),
    LetterDiscarded: idOf('discard', 'letter', discarded),
  });
  const redriveId = idOf('redrive');
  const redriven = await commands.redriveLetter({ letterId: one }, { perSecond: 1 }, call);
  expect(redriven).toMatchObject({ value: { redriveId } });
  expect((await writtenAs())['LetterSelected']).toBe(commandIdOf('redrive', redriveId, one));
  const many = await commands.redriveLetters([other], { perSecond: 1 }, call);
  expect(many).toMatchObject({ value: { redriveId, selected: 1 } });
});

it('is the same for a call on an instance', async () => {
  const { deps, writtenAs } = world();
  const commands = instancesOver(deps);
  const input = { headers: headersWith(), value: objectWith('a form') };
  const { instanceId } = valueOf(await commands.receiveInstance(input, call));
  const on = (what: string): string => idOf(what, 'instance', instanceId);
  await commands.refuseIntake({ headers: headersWith(), errors }, call);
  await commands.progressInstance(instanceId, { category: 'mapped' }, call);
  await commands.retryInstances([instanceId], call);
  await commands.reportInstanceError(instanceId, { category: 'mapping', errors }, call);
  await commands.settleInstance(instanceId, { as: 'manually-rejected' }, call);
  await commands.holdInstance(instanceId, reason, call);
  await commands.liftInstanceHold(instanceId, reason, call);
  await commands.deleteInstance(instanceId, reason, call);
  await commands.dispatchInstance(instanceId, { headers: null }, call);
  const batchId = idOf('retry-batch');
  const delivery = idOf('receive', 'instance');
  expect(await writtenAs()).toEqual({
    InstanceIdAllocated: delivery,
    InstanceReceived: delivery,
    InstanceRegistered: delivery,
    IntakeRefused: commandIdOf('refuse', delivery),
    InstanceProgressed: on('progress'),
    InstanceRetryRequested: commandIdOf('retry-batch', batchId, '0'),
    RetryBatchRequested: batchId,
    RetryBatchFinished: commandIdOf('retry-batch-finished', batchId),
    InstanceErrorReported: on('error'),
    InstanceSettled: on('settle'),
    InstanceHeld: on('hold'),
    InstanceHoldLifted: on('lift-hold'),
    InstanceDeleted: on('delete'),
    InstanceDispatched: on('dispatch'),
  });
});

it('is the same for a retry of one instance, a retention run, a replay session and a shift of timers', async () => {
  const { deps, writtenAs } = world();
  const commands = instancesOver(deps);
  const input = { headers: headersWith(), value: objectWith('a form') };
  const { instanceId } = valueOf(await commands.receiveInstance(input, keyed('another')));
  await commands.retryInstance(instanceId, call);
  const replay = steerReplay(deps);
  const session = createReplayInput.parse({ target: { kind: 'sink' } });
  const { sessionId } = valueOf(await createReplay(deps)(session, call));
  for (const step of ['startReplay', 'pauseReplay', 'resumeReplay', 'cancelReplay'] as const)
    await replay[step](sessionId, reason, call);
  await startRetention(deps)(call);
  await shiftTimers(deps)(
    [idOf('a run')],
    { ...reason, filter: {}, byMs: 1, perSecond: 1, dryRun: false },
    call,
  );
  expect(await writtenAs()).toMatchObject({
    InstanceRetryRequested: idOf('retry', 'instance', instanceId),
    ReplayCreated: idOf('replay'),
    ReplayStarted: idOf('StartReplay', sessionId),
    ReplayPaused: idOf('PauseReplay', sessionId),
    ReplayResumed: idOf('ResumeReplay', sessionId),
    ReplayCancelled: idOf('CancelReplay', sessionId),
    RetentionRunStarted: idOf('retention'),
    TimerShiftRequested: idOf('timer-shift'),
  });
});
