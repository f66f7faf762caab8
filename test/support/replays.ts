// Replay sessions as tests write them down.
import type { ReplaySession } from '../../src/domain/replay/commands.ts';
import type {
  ReplayEvent,
  ReplayFilter,
  ReplayProblem,
  ReplayProgress,
  ReplayWait,
} from '../../src/domain/replay/events.ts';

type EventOf<Type> = Extract<ReplayEvent, { type: Type }>;
import type { ReplayedEvent } from '../../src/domain/replayed.ts';

export const SESSION = '0191e1f0-0000-7000-a000-000000000001';
export const replayAt = (commit: number): string => String(commit).padStart(20, '0') + '0'.repeat(20);

export const anything: ReplayFilter = {
  ...{ from: null, to: null, types: [], excludeTypes: [], categories: [] },
  ...{ stream: null, correlationId: null, flowId: null },
};

export const sessionData = (some: Partial<ReplaySession> = {}): ReplaySession => ({
  ...{ filter: anything, target: { kind: 'sink' }, speed: null, maxEvents: null },
  ...{ payloads: 'sealed', skipErrors: true, ...some },
});

export const problemAt = (commit: number): ReplayProblem => ({
  ...{ eventId: `0191e1f0-0000-5000-8000-${String(commit).padStart(12, '0')}`, stream: 'saga-a' },
  ...{ position: replayAt(commit), code: 'refused', detail: 'it was answered with 400' },
});

export const progressAt = (commit: number, some: Partial<ReplayProgress> = {}): ReplayProgress => ({
  ...{ position: replayAt(commit), replayed: commit, failed: 0, skipped: 0, bytes: null, problems: [] },
  ...some,
});

export const created = (some: Partial<ReplaySession> = {}): EventOf<'ReplayCreated'> => ({
  ...{ type: 'ReplayCreated', data: sessionData(some) },
});
export const started = (): EventOf<'ReplayStarted'> => ({
  ...{ type: 'ReplayStarted', data: { upTo: replayAt(9) } },
});
export const counted = (total = 9): EventOf<'ReplayCounted'> => ({ type: 'ReplayCounted', data: { total } });
export const progressed = (
  commit: number,
  some: Partial<ReplayProgress> = {},
): EventOf<'ReplayProgressed'> => ({ type: 'ReplayProgressed', data: progressAt(commit, some) });
export const waits = (some: Partial<ReplayWait> = {}): EventOf<'ReplayWaiting'> => ({
  ...{ type: 'ReplayWaiting', data: { reason: 'trouble', until: null, code: 'ENOSPC', ...some } },
});
export const paused: EventOf<'ReplayPaused'> = { type: 'ReplayPaused', data: { reason: null } };
export const resumed: EventOf<'ReplayResumed'> = { type: 'ReplayResumed', data: { reason: null } };
export const cancelled: EventOf<'ReplayCancelled'> = { type: 'ReplayCancelled', data: { reason: 'enough' } };
export const completed: EventOf<'ReplayCompleted'> = { type: 'ReplayCompleted', data: {} };
export const failedWith = (): EventOf<'ReplayFailed'> => ({
  ...{ type: 'ReplayFailed', data: { code: 'integrity', detail: 'the log is damaged' } },
});

/** One of each, in an order that may be. */
export const replayLife: readonly ReplayEvent[] = [
  ...[created(), started(), waits(), counted(), progressed(2, { failed: 1, problems: [problemAt(2)] })],
  ...[paused, resumed, progressed(9), completed],
];
export const replayEnds: readonly ReplayEvent[] = [cancelled, failedWith()];

/** An event on its way out. */
export const eventAt = (number: number): ReplayedEvent => {
  const id = `0191e1f0-0000-5000-9000-${String(number).padStart(12, '0')}`;
  return {
    ...{ stream: 'saga-a', revision: number, position: `cursor-${String(number)}`, eventId: id },
    ...{ type: 'StepSucceeded', data: { step: 'create' }, hash: '0'.repeat(64) },
    metadata: {
      ...{ commandId: id, correlationId: 'c-1', causationId: id, schemaVersion: '1.0' },
      ...{ actor: { kind: 'user', id: 'erik', source: 'http' }, recordedAt: '2026-01-01T00:00:00.000Z' },
    },
  };
};
