import type { z } from 'zod';
import type { CallContext } from '../../../commands/context.ts';
import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import type { Unavailable } from '../../../commands/result.ts';
import type { Rejection } from '../../../domain/decider.ts';
import { serviceName } from '../../../domain/names.ts';
import { pointerOf } from '../../../domain/json-pointer.ts';
import { conversationIn } from '../../../domain/conversation.ts';
import type { JsonFlaw } from '../../strict-input/json-flaw.ts';
import type { RecordHeaders } from './record-headers.ts';

/** A record whose headers could be read, with the command it stands for. */
export type Incoming = {
  readonly value: Uint8Array | null;
  readonly headers: RecordHeaders;
  readonly commandId: string;
};

// What a letter and a recorded attempt have room for.
const MAX_DETAIL = 500;
const MAX_POINTER = 200;

/** A record that cannot be taken in, and why; texts are cut to 500 (detail) and 200 (pointer) characters, well-formed. */
export const poison = (
  code: string,
  detail: string,
  { pointer, ...more }: Pick<Poison, 'pointer' | 'flowId' | 'instanceId'> = {},
): Poison => ({
  kind: 'poison',
  code,
  detail: detail.slice(0, MAX_DETAIL).toWellFormed(),
  ...(pointer === undefined ? {} : { pointer: pointer.slice(0, MAX_POINTER).toWellFormed() }),
  ...more,
});

/** A value that is no JSON, and where in it. */
export const malformedJson = ({ detail, pointer }: Pick<JsonFlaw, 'detail' | 'pointer'>): Poison =>
  poison('malformed_json', detail, { pointer });

const MAX_VALUE = 1024 * 1024;

/** Why a value is not even read; undefined for one that is. */
export const tooLarge = (value: Uint8Array | null): Poison | undefined =>
  value !== null && value.byteLength > MAX_VALUE
    ? poison('too_large', `the value is larger than ${MAX_VALUE} bytes`)
    : undefined;

/** What a schema found first, without what stood there. */
export const poisonOfIssues = (error: z.ZodError): Poison => {
  const [issue] = error.issues;
  if (issue === undefined) return poison('invalid_input', 'the record is not valid');
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const code = issue.code === 'too_big' && path.at(-1) === 'payload' ? 'too_large' : 'invalid_input';
  const detail = issue.code === 'unrecognized_keys' ? 'unknown field' : issue.message;
  return poison(code, detail, { pointer: pointerOf(path) });
};

/** Refused for what stands in it, or not to be served now. */
export const outcomeOfRefusal = (refusal: Rejection | Unavailable): RecordOutcome => {
  if (refusal.kind === 'unavailable') return { kind: 'again', detail: `${refusal.code}: ${refusal.detail}` };
  const pointer = refusal.pointer === undefined ? {} : { pointer: refusal.pointer };
  return poison(refusal.code, refusal.detail, pointer);
};

/** The name a service gave itself; undefined where there is none or it cannot be one. */
const serviceOf = (headers: RecordHeaders): string | undefined =>
  serviceName.safeParse(givenService(headers)).data;

export const givenService = (headers: RecordHeaders): string | undefined =>
  headers.get('servicename') ?? headers.get('x-service-name');

/** Whoever may write to the topic may speak for any service: the broker's rights decide that, not we. */
export const contextOf = ({ headers, commandId }: Incoming): CallContext => {
  const correlationId = conversationIn(headers.get);
  return {
    actor: { kind: 'service', id: serviceOf(headers) ?? 'kafka', source: 'kafka' },
    commandId,
    ...(correlationId === undefined ? {} : { correlationId }),
  };
};
