// Instances, deliveries and batches as tests write them down.
import type { InstanceCommand } from '../../src/domain/instance/commands.ts';
import type {
  DeletionReason,
  ErrorCategory,
  InstanceEvent,
  ProgressCategory,
} from '../../src/domain/instance/events.ts';
import type { IntakeEvent } from '../../src/domain/intake/events.ts';
import type { RetryBatchEvent } from '../../src/domain/retrybatch/events.ts';
import { keyId, sealed } from '../../src/domain/sealed.ts';
import type { Sealed } from '../../src/domain/sealed.ts';

type EventOf<Type> = Extract<InstanceEvent, { type: Type }>;
type DataOf<Type> = EventOf<Type>['data'];
type OfIntake<Type> = Extract<IntakeEvent, { type: Type }>;
type OfBatch<Type> = Extract<RetryBatchEvent, { type: Type }>;

export const sealedText = (text: string): Sealed =>
  sealed.parse(`1.k-1.${Buffer.from(text).toString('base64url')}`);

const uuidAt = (kind: string, number: number): string =>
  `0191e1f0-0000-7000-${kind}-${String(number).padStart(12, '0')}`;
export const correlationAt = (number: number): string => uuidAt('a000', number);
export const intakeAt = (number: number): string => uuidAt('a001', number);
const RUN = uuidAt('a003', 1);

const instanceData = (some: Partial<DataOf<'InstanceReceived'>> = {}): DataOf<'InstanceReceived'> => ({
  keyId: keyId.parse('k-1'),
  value: sealedText('the value'),
  size: 9,
  headers: sealedText('the headers'),
  sourceApplicationId: '4',
  sourceApplicationIntegrationId: 'form-7',
  integrationId: '12',
  correlationId: correlationAt(0),
  intakeId: intakeAt(1),
  createdAt: null,
  ...some,
});

export const received = (some: Partial<DataOf<'InstanceReceived'>> = {}): EventOf<'InstanceReceived'> => ({
  type: 'InstanceReceived',
  data: instanceData(some),
});
export const registered: EventOf<'InstanceRegistered'> = { type: 'InstanceRegistered', data: {} };

export const progressed = (category: ProgressCategory = 'mapped'): EventOf<'InstanceProgressed'> => ({
  type: 'InstanceProgressed',
  data: { category },
});

export const errorReported = (
  category: ErrorCategory = 'mapping',
  text: string | null = 'what went wrong',
): EventOf<'InstanceErrorReported'> => ({
  type: 'InstanceErrorReported',
  data: { category, errors: text === null ? null : sealedText(text) },
});

export const retryRequested = (number = 1): EventOf<'InstanceRetryRequested'> => ({
  type: 'InstanceRetryRequested',
  data: { correlationId: correlationAt(number), headers: sealedText('headers of a retry'), batchId: null },
});

export const retryFailed = (number = 1): EventOf<'InstanceRetryFailed'> => ({
  type: 'InstanceRetryFailed',
  data: {
    correlationId: correlationAt(number),
    headers: sealedText('headers of a retry'),
    errors: sealedText('a general system error'),
    batchId: null,
  },
});

export const dispatched = (text: string | null = 'last headers'): EventOf<'InstanceDispatched'> => ({
  type: 'InstanceDispatched',
  data: { headers: text === null ? null : sealedText(text) },
});

export const settled = (some: Partial<DataOf<'InstanceSettled'>> = {}): EventOf<'InstanceSettled'> => ({
  type: 'InstanceSettled',
  data: { as: 'manually-processed', reason: null, archiveInstanceId: null, ...some },
});

export const held: EventOf<'InstanceHeld'> = {
  type: 'InstanceHeld',
  data: { reason: 'a court asks for it' },
};
export const holdLifted: EventOf<'InstanceHoldLifted'> = {
  type: 'InstanceHoldLifted',
  data: { reason: 'the case is closed' },
};

export const deleted = (
  reason: DeletionReason = 'expired',
  some: Partial<DataOf<'InstanceDeleted'>> = {},
): EventOf<'InstanceDeleted'> => ({
  type: 'InstanceDeleted',
  data: { reason, headers: null, runId: reason === 'expired' ? RUN : null, words: null, ...some },
});

export const deletedAsDispatched = (text: string | null = 'last headers'): EventOf<'InstanceDeleted'> =>
  deleted('dispatched', { headers: text === null ? null : sealedText(text) });

export const erased: EventOf<'InstanceErased'> = {
  type: 'InstanceErased',
  data: {
    keyIds: [keyId.parse('k-1')],
    streams: ['instance-7'],
    sealedValues: 3,
    letters: 1,
    plaintextUntil: '2026-01-05T00:00:00.000Z',
  },
};

/** One event of every type, each of which can follow the registration of an instance. */
export const laterInstanceEvents: readonly InstanceEvent[] = [
  ...[progressed(), errorReported(), retryRequested(), retryFailed(2), dispatched(), settled()],
  ...[held, holdLifted, deleted(), erased],
];

export const receiveCommand: InstanceCommand = { type: 'ReceiveInstance', instance: instanceData() };

export const allocated = (): OfIntake<'InstanceIdAllocated'> => ({
  type: 'InstanceIdAllocated',
  data: { instanceId: '7' },
});

export const intakeRefused = (text = 'what its sender is told'): OfIntake<'IntakeRefused'> => ({
  type: 'IntakeRefused',
  data: {
    keyId: keyId.parse('k-2'),
    headers: sealedText('the headers'),
    errors: sealedText(text),
    sourceApplicationId: '4',
  },
});

export const intakeErased: OfIntake<'IntakeErased'> = {
  type: 'IntakeErased',
  data: {
    ...{ keyIds: [keyId.parse('k-2')], streams: ['intake-1'], sealedValues: 2, letters: 0, runId: RUN },
    plaintextUntil: '2026-01-05T00:00:00.000Z',
  },
};

export const batchRequested = (...instanceIds: readonly string[]): OfBatch<'RetryBatchRequested'> => ({
  type: 'RetryBatchRequested',
  data: { instanceIds },
});

export const batchFinished = (...instanceIds: readonly string[]): OfBatch<'RetryBatchFinished'> => ({
  type: 'RetryBatchFinished',
  data: {
    results: instanceIds.map((instanceId, index) => ({
      instanceId,
      outcome: 'requested',
      correlationId: correlationAt(index),
    })),
  },
});
