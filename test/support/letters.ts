// Dead letters as tests write them down.
import type { DeadLetterEvent } from '../../src/domain/dead-letter/events.ts';
import { keyId, sealed } from '../../src/domain/sealed.ts';

type EventOf<Type> = Extract<DeadLetterEvent, { type: Type }>;

const sealedText = (text: string) => sealed.parse(`1.k-1.${Buffer.from(text).toString('base64url')}`);
export const hashOf = (digit: string): string => digit.repeat(64);
export const letterAt = (number: number): string =>
  `0191e1f0-0000-5000-9000-${String(number).padStart(12, '0')}`;
export const redriveAt = (number: number): string =>
  `0191e1f0-0000-7000-a000-${String(number).padStart(12, '0')}`;

export const letterData = (some: Partial<EventOf<'LetterParked'>['data']> = {}) => ({
  source: {
    ...{ bus: 'bus-1', topic: 'orchestrator.response.result', partition: 0, offset: '7' },
    timestamp: Date.UTC(2026, 0, 1),
  },
  sequence: hashOf('a'),
  behind: null,
  cause: { code: 'malformed_json', detail: 'the value is not JSON', pointer: null },
  fingerprint: hashOf('f'),
  keyId: keyId.parse('k-1'),
  key: sealedText('the key'),
  value: sealedText('the value as it came'),
  headers: sealedText('the headers of the record'),
  size: 12,
  truncated: [],
  flowId: null,
  instanceId: null,
  ...some,
});

export const parked = (some: Partial<EventOf<'LetterParked'>['data']> = {}): EventOf<'LetterParked'> => ({
  type: 'LetterParked',
  data: letterData(some),
});

export const edited = (
  edition = 1,
  text = `the value of edition ${String(edition)}`,
): EventOf<'LetterEdited'> => ({
  type: 'LetterEdited',
  data: { edition, value: sealedText(text), size: text.length, reason: 'a comma was missing' },
});

export const selected = (redrive = 1): EventOf<'LetterSelected'> => ({
  type: 'LetterSelected',
  data: { redriveId: redriveAt(redrive), perSecond: 50, reason: null },
});

export const redriveStarted = (redrive = 1, edition = 0): EventOf<'LetterRedriveStarted'> => ({
  type: 'LetterRedriveStarted',
  data: { redriveId: redriveAt(redrive), edition },
});

export const resolved = (redrive = 1, edition = 0): EventOf<'LetterResolved'> => ({
  type: 'LetterResolved',
  data: { redriveId: redriveAt(redrive), edition, outcome: 'done', why: null, at: '1', instanceId: null },
});

export const resolvedAs = (why: string): EventOf<'LetterResolved'> => ({
  type: 'LetterResolved',
  data: { redriveId: redriveAt(1), edition: 0, outcome: 'noted', why, at: null, instanceId: null },
});

export const parkedAgain = (redrive = 1, edition = 0): EventOf<'LetterParkedAgain'> => ({
  type: 'LetterParkedAgain',
  data: {
    redriveId: redriveAt(redrive),
    edition,
    cause: { code: 'invalid_input', detail: 'the status is unknown', pointer: '/metadata/status' },
    fingerprint: hashOf('e'),
  },
});

export const discarded: EventOf<'LetterDiscarded'> = {
  type: 'LetterDiscarded',
  data: { reason: 'a test that went astray' },
};
