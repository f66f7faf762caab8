import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isLogDamaged, isStoreAway } from '../../domain/damage.ts';
import { detailsOf, problem, Problem } from './problem-details.ts';
import { UnknownCollection } from '../read-store/port.ts';
import { applySecurityHeaders } from './security-headers.ts';
import { tellConversation } from './tell-conversation.ts';

type Translation = (error: FastifyError) => Problem;

/** What Fastify itself refuses, by its error code. Everything else without a `Problem` is our own fault. */
const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    problem('payload_too_large', 'the body is larger than this route accepts'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    problem('unsupported_media_type', 'this route does not take that content type'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    problem('invalid_request', 'the body and its Content-Length differ'),
  FST_ERR_BAD_URL: () => problem('invalid_url', 'the path is not valid'),
  FST_ERR_MAX_PARAM_LENGTH: () => problem('url_too_long', 'a part of the path is too long'),
  // Of the page that shows the description: a path that would lead out of its files.
  FST_STATIC_FORBIDDEN_PATH: () => problem('not_found', 'there is nothing at this address'),
};

/** For a handler that has not come back. */
export const tooLate = (): Problem =>
  problem('handler_timeout', 'no answer in time; the command may still take effect');

/** Answers every failure as problem details; an unforeseen one as `internal`, its cause in the log only. */
export const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const { problem: answer, isOurs } = answerTo(error);
  if (isOurs) request.log.error({ requestId: request.id, err: error }, 'request failed');
  applySecurityHeaders(reply);
  if (!reply.hasHeader('x-correlation-id')) tellConversation(request, reply);
  void reply
    .code(answer.status)
    .headers(answer.headers)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(detailsOf(answer, request.id));
};

/** What a failure is to a caller, and whether it is for the log because nobody foresaw it. */
export const answerTo = (error: unknown): { readonly problem: Problem; readonly isOurs: boolean } => {
  const known = isOfDamage(error) ? DAMAGED : problemOf(error);
  // Told or not where it is: the log has it too.
  return {
    problem: known ?? INTERNAL,
    isOurs: known === undefined || known === BUSY || OURS.has(known.code) || isOfEarlier(error),
  };
};

const isOfDamage = (error: unknown): boolean =>
  isLogDamaged(error) || (error instanceof Error && isLogDamaged(error.cause));

// What an earlier version of a read model has left does not know a field, or has not its form.
const OF_EARLIER = new Set(['UndeclaredField', 'OtherForm']);
const isOfEarlier = (error: unknown): boolean => error instanceof Error && OF_EARLIER.has(error.name);

const OURS: ReadonlySet<string> = new Set(['integrity', 'newer_data']);

const STORE_AWAY = problem(
  'store_unavailable',
  'what this service stands on does not answer now; the same call again is safe with the same Idempotency-Key',
);

const NEWER = problem(
  'newer_data',
  'a newer version has written of this: only that can show it, or do anything with it',
);

// Which stream it is stands in the log only.
const DAMAGED = problem('integrity', 'stored data is not what was written; nothing of it is served');

const INTERNAL = problem('internal', 'something went wrong here; the request id finds it in the log');

// What the log holds and this version does not know, by name too.
const OF_LATER = new Set(['CannotFold', 'NewerForm', 'UnknownEventType']);

/** An event that only does not follow what came before it cannot be folded either: no other error led to that. */
const isOfLater = ({ name, cause }: Error): boolean =>
  OF_LATER.has(name) && (name !== 'CannotFold' || cause !== undefined);

const problemOf = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error;
  if (!(error instanceof Error)) return undefined;
  return problemOfStore(error) ?? problemOfFastify(error);
};

const problemOfStore = (error: Error): Problem | undefined => {
  if (isStoreAway(error)) return STORE_AWAY;
  if (isDiskFull(error)) return DISK_FULL;
  if ('code' in error && NO_MORE.has(error.code)) return BUSY;
  if (isOfLater(error)) return NEWER;
  if (!(error instanceof UnknownCollection) && !isOfEarlier(error)) return undefined;
  return problem('not_ready', 'this read model is being made from the log');
};

const DISK_FULL = problem('storage_full', 'the disk is full: what this needs room for could not be made');

const BUSY = problem('busy', 'this process has as many files and connections open as it may');

/** Without a file more, a thread cannot begin either. */
const NO_MORE: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ERR_WORKER_INIT_FAILED']);

const SQLITE_FULL = 13;
/** SQLite's extended codes hold the primary one in their low byte. */
const PRIMARY = 0xff;

const isDiskFull = (error: Error): boolean =>
  ('errcode' in error && (Number(error.errcode) & PRIMARY) === SQLITE_FULL) ||
  ('code' in error && error.code === 'ENOSPC');

const problemOfFastify = (error: Error): Problem | undefined => {
  if (!('code' in error)) return undefined;
  const translate = TRANSLATIONS[String(error.code)];
  if (translate !== undefined) return translate(error as FastifyError);
  // A body that ended early or broke its framing: the stream's error, marked by Fastify as the client's.
  const isClientFault = 'statusCode' in error && error.statusCode === 400;
  return isClientFault ? problem('invalid_request', 'the request could not be read') : undefined;
};
