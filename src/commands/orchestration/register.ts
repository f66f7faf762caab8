import { hash as digest } from 'node:crypto';
import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { AppendMetadata } from '../../domain/event.ts';
import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import type { OrchestrationCommand, OrchestrationRejection } from '../../domain/orchestration/decide.ts';
import { toDefinition } from '../../domain/orchestration/definition.ts';
import type { Transport } from '../../domain/names.ts';
import type { Ids } from '../../infra/clock/port.ts';
import { callIdOf, isRepeatable } from '../context.ts';
import type { CallContext } from '../context.ts';
import type { Orchestrations } from '../deps.ts';
import { writtenBy } from '../folded.ts';
import type { Result } from '../result.ts';
import type { OverQuota, QuotaCode } from './quota.ts';
import { answeredBefore, recordRefused, recordUnchanged } from './record-attempt.ts';
import type { Attempts, RegisterCall, Registrant } from './record-attempt.ts';
import type { RegisterInput } from './register-input.ts';
import { outcomeOfEvent, outcomeOfState, roleOf } from './register-outcome.ts';
import type { RegisterOutcome } from './register-outcome.ts';

/** Why a registration is refused; every refusal but the last is recorded as an attempt. */
export type RegisterRejection =
  | OrchestrationRejection
  | QuotaCode
  | 'invalid_role'
  | 'transport_unavailable'
  | 'too_large'
  | 'idempotency_key_reused';

type OverQuotaBy = ReturnType<OverQuota>;
type Accepted = Extract<Awaited<ReturnType<Orchestrations['execute']>>, { kind: 'accepted' }>;

export type RegisterDeps = {
  readonly orchestrations: Orchestrations;
  readonly attempts: Attempts;
  readonly ids: Ids;
  /** Ways to workers that this deployment offers. */
  readonly transports: ReadonlySet<Transport>;
  /** Without it there may be as many names as are asked for. */
  readonly overQuota?: OverQuota;
};

// Codes of an earlier answer come from the log: any string.
type Answer = Result<RegisterOutcome, string>;

/**
 * Registers a definition (initiator) or the steps a service works on (worker). Every attempt becomes an event:
 * what it changed on the orchestration's stream, or the attempt itself where it was refused or changed nothing.
 * The same Idempotency-Key and body on the same orchestration get the same answer again.
 */
export const register =
  (deps: RegisterDeps) =>
  async (input: RegisterInput, context: CallContext): Promise<Answer> => {
    const call = callOf(deps.ids, input, context);
    const before = isRepeatable(context) ? await answeredBefore(deps.attempts, call) : undefined;
    if (before !== undefined) return before;
    const command = commandOf(deps, input);
    const counted = deps.overQuota?.(input);
    if ('kind' in command) return refuse(deps, call, command, counted);
    const over = await beyondQuota(deps, call, counted);
    if (over !== undefined) return refuse(deps, call, over, over);
    const { stream, creating, askedAt } = call;
    const executed = await deps.orchestrations.execute(stream, command, creating, askedAt);
    if (executed.kind === 'unavailable') return executed;
    return executed.kind === 'rejected' ? refuse(deps, call, executed, over) : answer(deps, call, executed);
  };

/** Undefined also where the log is ahead of what was counted: it has this very command, or the orchestration. */
const beyondQuota = async (
  { orchestrations }: RegisterDeps,
  { stream, commandId }: RegisterCall,
  over: OverQuotaBy,
): Promise<OverQuotaBy> => {
  if (over === undefined) return undefined;
  const folded = await orchestrations.reload(stream);
  const isThere = over.code === 'too_many_orchestrations' && folded.origin !== null;
  return isThere || writtenBy(folded, commandId) !== undefined ? undefined : over;
};

/**
 * Records a registration whose body did not even have the right shape: it changes nothing but is an attempt
 * all the same. `refusal` says what was wrong; it is the answer unless the log cannot be written.
 */
export const refuseRegistration =
  (deps: RegisterDeps) =>
  (who: Registrant, refusal: Rejection, context: CallContext): Promise<Answer> => {
    const { actor, correlationId, commandId, askedAt } = context;
    const keyless = {
      actor,
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(commandId === undefined ? {} : { commandId }),
      ...(askedAt === undefined ? {} : { askedAt }),
    };
    return refuse(deps, callOf(deps.ids, who, keyless), refusal, deps.overQuota?.(who));
  };

const callOf = <Input extends Registrant>(
  ids: Ids,
  input: Input,
  context: CallContext,
): RegisterCall<Input> => {
  const { actor, askedAt } = context;
  const commandId = callIdOf(ids, context, 'register');
  const correlationId = context.correlationId ?? commandId;
  // The input comes out of its schema, whose fields have a fixed order: equal bodies give equal text.
  const keyed = isRepeatable(context) ? { bodyHash: digest('sha256', JSON.stringify(input)) } : {};
  const metadata: AppendMetadata = { commandId, correlationId, causationId: commandId, actor, ...keyed };
  const stream = orchestrationStream(input.orchName);
  return { input, stream, commandId, metadata, creating: { ...metadata, owner: actor.id }, askedAt };
};

const commandOf = (
  { transports }: RegisterDeps,
  input: RegisterInput,
): OrchestrationCommand | Rejection<RegisterRejection> => {
  const role = roleOf(input);
  if (role === undefined) return reject('invalid_role', `Invalid role: ${input.as}`, '/as');
  if (!transports.has(input.transport))
    return reject(
      'transport_unavailable',
      `This server does not offer the transport: ${input.transport}`,
      '/transport',
    );
  const { service, steps, transport } = input;
  if (role === 'worker') return { type: 'RegisterWorkers', service, steps, transport };
  const candidate = { type: input.type, onUndoFailure: input.onUndoFailure, steps };
  const result = toDefinition(candidate);
  const hash = result.kind === 'rejected' ? '' : digest('sha256', canonical(result.definition));
  return { type: 'RegisterDefinition', initiator: service, candidate, hash };
};

const answer = async (
  { orchestrations, attempts }: RegisterDeps,
  call: RegisterCall,
  { events: [event], state, position, replayed }: Accepted,
): Promise<Answer> => {
  if (event === undefined) return recordUnchanged(attempts, call, outcomeOfState(call.input, state));
  // A repeat of a call that ended between the refusal and its record.
  if (event.type === 'DefinitionRefused')
    return recordRefused(attempts, call, reject(event.data.code, event.data.detail));
  const value = outcomeOfEvent(call.input, event, await wasDefinedBefore(orchestrations, call));
  return { kind: 'done', value, position, replayed };
};

/** Noting it on the orchestration also finds out whether the key belongs to a registration that succeeded. */
const refuse = async (
  { orchestrations, attempts }: RegisterDeps,
  call: RegisterCall<Registrant>,
  refusal: Rejection,
  over: OverQuotaBy,
): Promise<Answer> => {
  const { code, detail } = refusal;
  if (code === 'idempotency_key_reused') return refusal;
  const { input, stream, creating, askedAt } = call;
  // The note would make the name.
  if (over?.code === 'too_many_orchestrations') return recordRefused(attempts, call, refusal);
  const byInitiator = roleOf(input) === 'initiator';
  const note = { type: 'NoteRefusal' as const, byInitiator, service: input.service, code, detail };
  const noted = await orchestrations.execute(stream, note, creating, askedAt);
  return noted.kind === 'accepted' ? recordRefused(attempts, call, refusal) : noted;
};

/** Whether the definition was there when the workers registered, which a repeated call may find otherwise. */
const wasDefinedBefore = async (
  orchestrations: Orchestrations,
  { stream, commandId }: RegisterCall,
): Promise<boolean> => {
  const { state, commands } = await orchestrations.load(stream);
  const written = commands.get(commandId)?.first;
  return state.definedAt !== null && written !== undefined && state.definedAt < written;
};
