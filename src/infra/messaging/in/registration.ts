import { z } from 'zod';
import type { CallContext } from '../../../commands/context.ts';
import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import type { Registrant } from '../../../commands/orchestration/record-attempt.ts';
import { defaultServiceOf, registerInput } from '../../../commands/orchestration/register-input.ts';
import type { RegisterInput } from '../../../commands/orchestration/register-input.ts';
import { registrantIn } from '../../../commands/orchestration/registrant-in.ts';
import type { Result } from '../../../commands/result.ts';
import { reject } from '../../../domain/decider.ts';
import type { Rejection } from '../../../domain/decider.ts';
import { serviceName } from '../../../domain/names.ts';
import { parseStrictYaml } from '../../strict-input/strict-yaml.ts';
import { contextOf, givenService, outcomeOfRefusal, poison, poisonOfIssues } from './incoming.ts';
import type { Incoming } from './incoming.ts';

type Answer = Result<unknown, string>;

export type RegistrationCommands = {
  readonly register: (input: RegisterInput, context: CallContext) => Promise<Answer>;
  readonly refuseRegistration: (who: Registrant, refusal: Rejection, context: CallContext) => Promise<Answer>;
};

/**
 * Registers from a YAML document. What is well formed but refused is recorded as an attempt, and reported on the
 * status topic: that is its end. What has the wrong shape is recorded too, where it can be told whose it was, and
 * becomes a dead letter.
 */
export const takeRegistration =
  (commands: RegistrationCommands) =>
  async (incoming: Incoming): Promise<RecordOutcome> => {
    if (incoming.value === null) return poison('malformed_yaml', 'the record has no value');
    const parsed = parseStrictYaml(incoming.value);
    if (parsed.kind === 'flawed') {
      const { code, detail, pointer } = parsed.flaw;
      return poison(code === 'too_large' ? 'too_large' : 'malformed_yaml', detail, { pointer });
    }
    const { service, body } = splitBody(parsed.value);
    const given = givenService(incoming.headers) ?? service;
    if (given !== undefined && !serviceName.safeParse(given).success)
      return refused(commands, incoming, body, poison('invalid_header', 'the service name is not a name'));
    const input = registerInput.safeParse(body);
    if (!input.success) return refused(commands, incoming, body, poisonOfIssues(input.error));
    const named = z.string().default(defaultServiceOf(input.data.orchName)).parse(given);
    const result = await commands.register({ ...input.data, service: named }, contextOf(incoming));
    return outcomeOf(result);
  };

const anyBody = z.record(z.string(), z.unknown());

/**
 * The service where the document names it, and the rest. Who registers over Kafka and says nothing else works over
 * Kafka.
 */
const splitBody = (value: unknown): { readonly service?: unknown; readonly body: unknown } => {
  const { data } = anyBody.safeParse(value);
  if (data === undefined) return { body: value };
  const { serviceName: service, ...rest } = data;
  return { service, body: { transport: 'kafka', ...rest } };
};

const outcomeOf = (result: Answer): RecordOutcome => {
  if (result.kind === 'done') return { kind: 'done', position: result.position };
  // Recorded as an attempt; the position is not told.
  const isRecorded = result.kind === 'rejected' && result.code !== 'idempotency_key_reused';
  return isRecorded && result.code !== 'too_large'
    ? { kind: 'done', position: null }
    : outcomeOfRefusal(result);
};

const refused = async (
  { refuseRegistration }: RegistrationCommands,
  incoming: Incoming,
  body: unknown,
  flaw: Poison,
): Promise<RecordOutcome> => {
  const who = registrantIn(body, givenService(incoming.headers));
  if (who === undefined) return flaw;
  const context = contextOf(incoming);
  const recorded = await refuseRegistration(who, reject(flaw.code, flaw.detail, flaw.pointer), context);
  return recorded.kind === 'unavailable' ? outcomeOfRefusal(recorded) : flaw;
};
