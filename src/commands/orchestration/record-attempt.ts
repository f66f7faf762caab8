import { reject } from '../../domain/decider.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { AppendMetadata } from '../../domain/event.ts';
import { attemptStream } from '../../domain/orchestration/attempt.ts';
import type { Attempt, AttemptState, RecordAttempt } from '../../domain/orchestration/attempt.ts';
import type { AttemptEvent } from '../../domain/orchestration/events.ts';
import type { Executor } from '../execute.ts';
import type { Result } from '../result.ts';
import type { RegisterInput } from './register-input.ts';
import { outcomeOfAttempt } from './register-outcome.ts';
import type { RegisterOutcome } from './register-outcome.ts';

export type Attempts = Executor<RecordAttempt, AttemptState, AttemptEvent, never>;

/** What is known of every attempt, however malformed the rest of it. */
export type Registrant = Pick<RegisterInput, 'orchName' | 'as' | 'service'>;

export type RegisterCall<Input extends Registrant = RegisterInput> = {
  readonly input: Input;
  readonly commandId: string;
  /** The orchestration's stream. */
  readonly stream: string;
  readonly metadata: AppendMetadata;
  /** The same with an owner, for what the call may create. */
  readonly creating: AppendMetadata;
  readonly askedAt: number | undefined;
};

type Answer = Result<RegisterOutcome, string>;

/** The answer an earlier call with this command id got from its attempt; undefined when there was none. */
export const answeredBefore = async (attempts: Attempts, call: RegisterCall): Promise<Answer | undefined> => {
  const { state } = await attempts.load(attemptStream(call.commandId));
  return state === null ? undefined : record(attempts, call, state);
};

export const recordRefused = (
  attempts: Attempts,
  call: RegisterCall<Registrant>,
  { code, detail, pointer }: Rejection,
): Promise<Answer> =>
  record(attempts, call, {
    ...attempted(call.input),
    outcome: 'refused',
    code,
    detail,
    pointer: pointer ?? null,
    registered: [],
    failed: [],
  });

export const recordUnchanged = (
  attempts: Attempts,
  call: RegisterCall,
  { registeredSteps, failedSteps }: RegisterOutcome,
): Promise<Answer> =>
  record(attempts, call, {
    ...attempted(call.input),
    outcome: 'unchanged',
    code: null,
    detail: null,
    pointer: null,
    registered: [...registeredSteps],
    failed: failedSteps.map(({ name, code }) => ({ name, code })),
  });

const attempted = ({ orchName, as, service }: Registrant) => ({ orchName, role: as, service });

/** Records the attempt, or finds the one recorded before, and answers from it. */
const record = async (
  attempts: Attempts,
  call: RegisterCall<Registrant>,
  attempt: Attempt,
): Promise<Answer> => {
  const command = { type: 'RecordAttempt' as const, attempt };
  const executed = await attempts.execute(
    attemptStream(call.commandId),
    command,
    call.metadata,
    call.askedAt,
  );
  if (executed.kind !== 'accepted') return executed;
  const recorded = executed.state ?? attempt;
  if (recorded.outcome === 'refused')
    return reject(recorded.code ?? '', recorded.detail ?? '', recorded.pointer ?? undefined);
  return {
    kind: 'done',
    value: outcomeOfAttempt(recorded),
    position: executed.position,
    replayed: executed.replayed,
  };
};
