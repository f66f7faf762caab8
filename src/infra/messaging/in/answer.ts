import type { z } from 'zod';
import type { CallContext } from '../../../commands/context.ts';
import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import type { AnswerOutcome } from '../../../commands/task/answer-tasks.ts';
import { taskAnswerInput } from '../../../commands/task/inputs.ts';
import type { TaskAnswerInput } from '../../../commands/task/inputs.ts';
import { parseStrictJson } from '../../strict-input/strict-json.ts';
import { answerBodyOf, answerInputOf, isFailStep, statusIn } from './answer-message.ts';
import type { AnswerBody } from './answer-message.ts';
import { contextOf, malformedJson, poison, poisonOfIssues } from './incoming.ts';
import type { Incoming } from './incoming.ts';

export type AnswerTasks = (
  answers: readonly TaskAnswerInput[],
  context: CallContext,
) => Promise<readonly AnswerOutcome[]>;

/** `response`: the topic for answers of all steps. `work`: a step's own topic, where our tasks are read back. */
export type AnswerTopic = 'response' | 'work';

/** Takes a step's answer. A task of ours that is read back is not one. */
export const takeAnswer =
  (answerTasks: AnswerTasks, topic: AnswerTopic) =>
  async (incoming: Incoming): Promise<RecordOutcome> => {
    const { value, headers } = incoming;
    // An answer may consist of headers alone.
    if (value === null && topic === 'work' && headers.get('status') === undefined)
      return { kind: 'noted', reason: 'empty' };
    const parsed = parseStrictJson(value === null || value.length === 0 ? NO_BODY : value);
    if (parsed.kind === 'flawed') return malformedJson(parsed.flaw);
    const body = answerBodyOf(parsed.value);
    if (body === undefined) return poison('invalid_input', 'an answer is an object, and so is its metadata');
    return takeBody(answerTasks, topic, incoming, body);
  };

const takeBody = (
  answerTasks: AnswerTasks,
  topic: AnswerTopic,
  incoming: Incoming,
  body: AnswerBody,
): Promise<RecordOutcome> | RecordOutcome => {
  const status = statusIn(body, incoming.headers);
  if (status === undefined && isTask(body, incoming, topic)) return { kind: 'noted', reason: 'own_message' };
  return record(answerTasks, incoming, body, status ?? absent(body));
};

const record = async (
  answerTasks: AnswerTasks,
  incoming: Incoming,
  body: AnswerBody,
  status: unknown,
): Promise<RecordOutcome> => {
  const input = taskAnswerInput.safeParse(answerInputOf(body, incoming.headers, status));
  if (!input.success) return poisoned(input.error, body);
  const [answer] = await answerTasks([input.data], contextOf(incoming));
  return answer === undefined ? { kind: 'again', detail: 'no outcome' } : outcomeOf(answer);
};

const NO_BODY = Buffer.from('{}');

/** On a step's own topic, whatever names an action and no status is a task, also one that lost its headers. */
const isTask = (body: AnswerBody, { headers }: Incoming, topic: AnswerTopic): boolean => {
  if (isFailStep(body, headers)) return false;
  const isMarked = headers.get('skald-origin') !== undefined || typeof body.metadata?.effectId === 'string';
  return isMarked || (topic === 'work' && (body.action ?? headers.get('action')) !== undefined);
};

/** Without a status anywhere: an answer of the header kind has failed; one with metadata is incomplete. */
const absent = ({ metadata }: AnswerBody): unknown => (metadata == null ? 'FAILED' : undefined);

const poisoned = (error: z.ZodError, { flowId }: AnswerBody): Poison => {
  const known = taskAnswerInput.shape.flowId.safeParse(flowId).data;
  return { ...poisonOfIssues(error), ...(known === undefined ? {} : { flowId: known }) };
};

const outcomeOf = ({ outcome, position }: AnswerOutcome): RecordOutcome => {
  switch (outcome) {
    case 'accepted':
      return { kind: 'done', position: position ?? null };
    case 'unavailable':
      return { kind: 'again', detail: 'the log or the keys do not answer' };
    case 'duplicate':
    case 'late':
    case 'unknown_run':
    case 'unknown_step':
      return { kind: 'noted', reason: outcome };
  }
};
