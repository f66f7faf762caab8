import type { z } from 'zod';
import type { CallContext } from '../../../commands/context.ts';
import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import type { FlowHeaders } from '../../../commands/instance/handlers.ts';
import type { Result } from '../../../commands/result.ts';
import { serviceName } from '../../../domain/names.ts';
import {
  contextOf,
  malformedJson,
  outcomeOfRefusal,
  poison,
  poisonOfIssues,
  tooLarge,
} from '../in/incoming.ts';
import type { Incoming } from '../in/incoming.ts';
import { parseExactJson } from '../../strict-input/exact-json.ts';
import { decoded } from '../../strict-input/strict-json.ts';
import { FLOW_HEADERS, readFlowHeaders } from './flow-headers.ts';

export const ORIGIN = 'origin.application.id';

/** A record of a flow, as its sender speaks of it. */
export type FlowRecord = {
  readonly headers: FlowHeaders;
  readonly value: Uint8Array | null;
  readonly context: CallContext;
};

export type Taker = (incoming: Incoming) => Promise<RecordOutcome>;

/** Takes a record that says which flow it is of; without that nobody could be told of it. */
export const ofFlow =
  (take: (record: FlowRecord) => Promise<RecordOutcome>): Taker =>
  async (incoming) => {
    const read = readFlowHeaders(incoming.headers.bytes(FLOW_HEADERS));
    if (read.kind === 'missing')
      return poison('missing_flow_headers', `the record has no header ${FLOW_HEADERS}`);
    if (read.kind === 'unreadable')
      return poison('unreadable_flow_headers', read.detail, { pointer: read.pointer });
    const { headers } = read;
    const { instanceId } = headers;
    const outcome = await take({ headers, value: incoming.value, context: contextIn(incoming, headers) });
    return outcome.kind === 'poison' && instanceId !== undefined ? { ...outcome, instanceId } : outcome;
  };

/** The application that sent it speaks; what it causes belongs to the flow. */
const contextIn = (incoming: Incoming, { correlationId }: FlowHeaders): CallContext => {
  const context = contextOf(incoming);
  const origin = serviceName.safeParse(decoded(incoming.headers.bytes(ORIGIN) ?? Buffer.from(''))).data;
  const actor = origin === undefined ? context.actor : { ...context.actor, id: origin };
  return { ...context, actor, correlationId };
};

/** The same of one instance: the headers must name it. */
export const ofInstance = (
  take: (instanceId: string, record: FlowRecord) => Promise<Result<unknown, string> | Poison>,
): Taker =>
  ofFlow(async (record) => {
    const { instanceId } = record.headers;
    if (instanceId === undefined)
      return poison('missing_instance_id', `the header ${FLOW_HEADERS} names no instance`);
    return outcomeOf(await take(instanceId, record));
  });

type Read<Data> = { readonly kind: 'read'; readonly data: Data } | Poison;

/** What a record's value holds, with exact integers; or why it is not what it should be. */
export const readAs = <Data>(schema: z.ZodType<Data>, value: Uint8Array): Read<Data> => {
  const flaw = tooLarge(value);
  if (flaw !== undefined) return flaw;
  const parsed = parseExactJson(value);
  if (parsed.kind === 'flawed') return malformedJson(parsed.flaw);
  const read = schema.safeParse(parsed.value);
  return read.success ? { kind: 'read', data: read.data } : poisonOfIssues(read.error);
};

export const outcomeOf = (result: Result<unknown, string> | Poison): RecordOutcome => {
  if (result.kind === 'poison') return result;
  return result.kind === 'done' ? { kind: 'done', position: result.position } : outcomeOfRefusal(result);
};
