import { z } from 'zod';
import type { KnownHeader, RecordHeaders } from './record-headers.ts';

const anything = z.unknown().optional();

/** What stands in a step's answer, before it is known to be one. Fields we do not know are not ours to judge. */
const answerBody = z.object({
  flowId: anything,
  orchName: anything,
  stepName: anything,
  action: anything,
  attempt: anything,
  payload: anything,
  metadata: z
    .object({
      status: anything,
      error: anything,
      code: anything,
      retryable: anything,
      attempt: anything,
      effectId: anything,
    })
    .nullish(),
});
export type AnswerBody = z.infer<typeof answerBody>;

export const answerBodyOf = (value: unknown): AnswerBody | undefined => answerBody.safeParse(value).data;

/** The reference's words for a step that succeeded, and the one that bodies say. Any other word has failed. */
const SUCCEEDED = new Set(['true', 'yes', '1', 'on', 'success']);
const MAX_ERROR = 8192;

/** Says whether the step succeeded; undefined where neither body nor headers say anything. */
export const statusIn = (body: AnswerBody, headers: RecordHeaders): unknown => {
  const stated = body.metadata?.status;
  if (stated !== undefined && stated !== null)
    return typeof stated === 'string' ? stated.toUpperCase() : stated;
  const header = headers.get('status');
  if (header === undefined) return undefined;
  return SUCCEEDED.has(header.trim().toLowerCase()) ? 'SUCCESS' : 'FAILED';
};

/**
 * The answer in the form that workers send over HTTP, still to be validated. What the body says wins over headers.
 * `FAIL_STEP` fails the step without another try.
 */
export const answerInputOf = (body: AnswerBody, headers: RecordHeaders, status: unknown): unknown => {
  const field = (inBody: unknown, header: KnownHeader): unknown => inBody ?? headers.get(header);
  const isFinal = isFailStep(body, headers);
  return withoutGaps({
    flowId: field(body.flowId, 'flowid'),
    orchName: field(body.orchName, 'orchname'),
    stepName: field(body.stepName, 'stepname'),
    action: isFinal ? failedAction(headers) : field(body.action, 'action'),
    attempt: attemptIn(body, headers),
    payload: body.payload,
    metadata: withoutGaps({
      code: body.metadata?.code,
      error: errorIn(body, headers),
      ...(isFinal ? { status: 'FAILED', retryable: false } : { status, retryable: body.metadata?.retryable }),
    }),
  });
};

export const isFailStep = (body: AnswerBody, headers: RecordHeaders): boolean =>
  (body.action ?? headers.get('action')) === 'FAIL_STEP';

/** `FAIL_STEP` stands where the action would: of an undo it is one by the headers of its task, sent back. */
const failedAction = (headers: RecordHeaders): string => (headers.get('action') === 'UNDO' ? 'UNDO' : 'DO');

const attemptIn = ({ attempt, metadata }: AnswerBody, headers: RecordHeaders): unknown =>
  attempt ?? metadata?.attempt ?? numberIn(headers.get('attempt'));

const numberIn = (text: string | undefined): unknown =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : text;

/** What an error is called may be cut: the outcome counts more than its text. */
const errorIn = ({ metadata }: AnswerBody, headers: RecordHeaders): unknown => {
  const error = metadata?.error ?? headers.get('errormessage');
  return typeof error === 'string' ? error.slice(0, MAX_ERROR).toWellFormed() : error;
};

const withoutGaps = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined && field !== null));
