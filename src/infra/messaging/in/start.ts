import { z } from 'zod';
import type { CallContext } from '../../../commands/context.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import { NAMED, onlyName } from '../../../commands/orchestration/register-input.ts';
import type { Result } from '../../../commands/result.ts';
import { flowId } from '../../../commands/saga/inputs.ts';
import { name } from '../../../domain/names.ts';
import { parseStrictJson } from '../../strict-input/strict-json.ts';
import { contextOf, malformedJson, outcomeOfRefusal, poison, poisonOfIssues } from './incoming.ts';
import type { Incoming } from './incoming.ts';

export type StartSaga = (
  input: { readonly orchName: string; readonly payload: Uint8Array; readonly flowId?: string },
  context: CallContext,
) => Promise<Result<{ readonly flowId: string }, string>>;

/** 256 KiB of payload in base64, rounded up to whole groups. */
const MAX_PAYLOAD_BASE64 = 349_528;

export const startMessage = z
  .strictObject({
    orchName: name.optional(),
    /** Older name of `orchName`. */
    orchestrationName: name.optional(),
    payload: z.base64().max(MAX_PAYLOAD_BASE64).nullish(),
  })
  .meta(NAMED)
  .transform(({ orchName, orchestrationName, payload }, context) => ({
    orchName: onlyName({ orchName, orchestrationName }, context),
    payload: payload ?? '',
  }));

/** Starts a run. A header `flowId` chooses its id: the same one and payload again are the same run. */
export const takeStart =
  (startSaga: StartSaga) =>
  async (incoming: Incoming): Promise<RecordOutcome> => {
    if (incoming.value === null) return poison('malformed_json', 'the record has no value');
    const parsed = parseStrictJson(incoming.value);
    if (parsed.kind === 'flawed') return malformedJson(parsed.flaw);
    const input = startMessage.safeParse(parsed.value);
    if (!input.success) return poisonOfIssues(input.error);
    const chosen = flowIdOf(incoming);
    if (chosen === null) return poison('invalid_header', 'the header flowId is not a UUID');
    const { orchName, payload } = input.data;
    const result = await startSaga(
      { orchName, payload: Buffer.from(payload, 'base64'), ...chosen },
      contextOf(incoming),
    );
    if (result.kind === 'done') return { kind: 'done', position: result.position };
    const outcome = outcomeOfRefusal(result);
    return outcome.kind === 'poison' ? { ...outcome, ...chosen } : outcome;
  };

const flowIdOf = ({ headers }: Incoming): { readonly flowId?: string } | null => {
  const given = headers.get('flowid');
  if (given === undefined) return {};
  const { data } = flowId.safeParse(given);
  return data === undefined ? null : { flowId: data };
};
