// One event of every type there is, by type: a spec that loops over it misses none.
import { deadLetterEvents } from '../../src/domain/dead-letter/events.ts';
import type { DeadLetterEvent } from '../../src/domain/dead-letter/events.ts';
import { instanceEvents } from '../../src/domain/instance/events.ts';
import type { InstanceEvent } from '../../src/domain/instance/events.ts';
import { intakeEvents } from '../../src/domain/intake/events.ts';
import type { IntakeEvent } from '../../src/domain/intake/events.ts';
import { attemptEvents, orchestrationEvents } from '../../src/domain/orchestration/events.ts';
import { replayEvents } from '../../src/domain/replay/events.ts';
import { sagaEvents } from '../../src/domain/saga/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import * as instance from './instances.ts';
import * as letter from './letters.ts';
import type { AnyEvent } from './read-models.ts';
import { replayEnds, replayLife } from './replays.ts';
import { defined, refused, workersRegistered } from './registrations.ts';
import { sequential, step } from './saga-builders.ts';
import * as event from './saga-events.ts';

export const attempted = (
  outcome: 'refused' | 'unchanged',
): Extract<AnyEvent, { type: 'RegistrationAttempted' }> => ({
  type: 'RegistrationAttempted',
  data: {
    ...{ orchName: 'tenant', role: 'Worker', service: 'w', outcome },
    code: outcome === 'refused' ? 'no_steps' : null,
    detail: outcome === 'refused' ? 'none' : null,
    pointer: outcome === 'refused' ? '/steps' : null,
    registered: outcome === 'refused' ? [] : ['a'],
    failed: [],
  },
});

/** Each can follow the start of a run. */
export const laterSagaEvents: readonly SagaEvent[] = [
  ...[event.awaitingDefinition, event.definitionPinned(), event.workerMissing('a'), event.healed('a')],
  ...[event.dispatched('a'), event.succeeded('a'), event.failed('a'), event.timedOut('a'), event.lapsed('a')],
  ...[event.takenBack('a')],
  ...[event.retryScheduled('a'), event.blocked('a'), event.retryRequested('a'), event.skipped('a')],
  ...[event.rescheduled('a'), event.fired('a'), event.timerCancelled('a')],
  ...[event.markedDone('a'), event.paused(), event.resumed(), event.cancelRequested(true)],
  ...[event.undoStarted(['a']), event.completed, event.sagaFailed('a'), event.undone],
  ...[event.undoFailed('a'), event.cancelled],
];
export const sagaStart = event.started(sequential([step('a')]));
export const registrationEvents: readonly AnyEvent[] = [
  ...[defined(['a']), workersRegistered('w', ['a']), refused('no_steps', 'none'), attempted('refused')],
];

/** The life of one letter, in this order. */
export const letterEvents: readonly DeadLetterEvent[] = [
  ...[
    letter.parked(),
    letter.edited(),
    letter.selected(),
    letter.redriveStarted(1, 1),
    letter.parkedAgain(1, 1),
  ],
  ...[letter.selected(2), letter.redriveStarted(2, 1), letter.resolved(2, 1), letter.discarded],
];

/** An instance as it comes in: both in one append. */
export const instanceStart: readonly InstanceEvent[] = [instance.received(), instance.registered];
export const intakeLife: readonly IntakeEvent[] = [
  ...[instance.allocated(), instance.intakeRefused(), instance.intakeErased],
];

const everyType = Object.keys({
  ...orchestrationEvents,
  ...attemptEvents,
  ...sagaEvents,
  ...deadLetterEvents,
  ...instanceEvents,
  ...intakeEvents,
  ...replayEvents,
});
const given = [
  ...[sagaStart, ...laterSagaEvents, ...registrationEvents, ...letterEvents],
  ...[...instanceStart, ...instance.laterInstanceEvents, ...intakeLife, ...replayLife, ...replayEnds],
].map(({ type }): string => type);
const left = everyType.filter((type) => !given.includes(type));
if (left.length > 0) throw new Error(`no example of ${left.join(', ')}`);
