// Retention runs as tests write them down.
import type { RetentionEvent } from '../../src/domain/retention/events.ts';

type EventOf<Type> = Extract<RetentionEvent, { type: Type }>;

const runAt = (number: number): string => `0191e1f0-0000-7000-b000-${String(number).padStart(12, '0')}`;

export const runData = (run = 1): EventOf<'RetentionRunStarted'>['data'] => ({
  ...{ runId: runAt(run), cutoff: '2026-01-01T00:00:00.000Z', days: 60 },
});

export const resultData = (run = 1): EventOf<'RetentionRunFinished'>['data'] => ({
  ...{ runId: runAt(run), deleted: 3, kept: { held: 1, liveRun: 0, openLetter: 0, unread: 0 }, failed: 0 },
});

export const runStarted = (run = 1): EventOf<'RetentionRunStarted'> => ({
  ...{ type: 'RetentionRunStarted', data: runData(run) },
});

export const runFinished = (run = 1): EventOf<'RetentionRunFinished'> => ({
  ...{ type: 'RetentionRunFinished', data: resultData(run) },
});
