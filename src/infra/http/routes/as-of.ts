import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Asked, Moment } from '../../../queries/as-of/moments.ts';
import type { Singles } from '../../../queries/as-of/singles-at.ts';
import type { Lists } from '../../../queries/lists.ts';
import type { StillBuilding } from '../../past-stores/port.ts';
import { ownOnly } from '../caller.ts';
import { problem } from '../problem-details.ts';
import { tellDamage } from '../tell-damage.ts';
import { applyWait, preferredWait } from '../waiting.ts';
import { time } from './query-parameters.ts';
import { checkMinPosition } from './route-deps.ts';
import type { AsOfDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

const DESCRIPTION =
  'The answer as it was then: a time with its zone, or a position. `Skald-As-Of-Position` says up to where the log ' +
  'counts, `Skald-As-Of-Exact` whether nothing of that time can be recorded any more.';

export const asOf = { asOf: z.string().min(1).max(200).optional().meta({ description: DESCRIPTION }) };

/** What single resources take. */
export const singleQuery = z.strictObject({ ...schemas.minPosition, ...asOf });

type Query = { readonly minPosition?: string | undefined; readonly asOf?: string | undefined };

/** @throws Problem where the past is asked for and the present too. */
export const checkAlone = ({ minPosition, asOf: then }: Query): void => {
  if (minPosition === undefined || then === undefined) return;
  const detail = 'minPosition asks for what is new, asOf for what was: give one of them';
  throw problem('invalid_input', detail, {
    errors: [{ in: 'query', pointer: '/minPosition', code: 'not_with_as_of', detail }],
  });
};

/** Single resources as they are, or as they were where the query says when. @throws Problem */
export const singlesFor = async <Live extends Partial<Singles>>(
  deps: AsOfDeps,
  reply: FastifyReply,
  query: Query,
  live: Live,
): Promise<Live | Singles> => {
  checkAlone(query);
  await checkMinPosition(deps, query.minPosition);
  if (query.asOf === undefined) return live;
  const moment = await momentFor(deps, reply, query.asOf, 'asOf');
  tell(deps, reply, moment);
  return deps.asOf.singlesAt(moment);
};

/** Asks the read models as they were. @throws Problem, also while they are still being made from the log. */
export const askPast = async <Answer>(
  deps: AsOfDeps,
  reply: FastifyReply,
  then: string,
  ask: (lists: Lists) => Promise<Answer>,
): Promise<Answer> => {
  const moment = await momentFor(deps, reply, then, 'asOf');
  const past = await told(reply, deps.asOf.fromLists(moment.position, deadlineOf(deps, reply), ask));
  if (past.kind === 'building') throw building(wordsOf(past));
  tell(deps, reply, moment);
  return past.answer;
};

/** One damaged event keeps later moments from being found and their lists from being made: who may see all is told which. */
const told = <Answer>({ request }: FastifyReply, asking: Promise<Answer>): Promise<Answer> =>
  ownOnly(request) === undefined ? asking.catch(tellDamage) : asking;

const tell = ({ cursor }: AsOfDeps, reply: FastifyReply, moment: Moment): void => {
  const { position, recordedAt, isExact } = moment;
  reply.header('skald-as-of-position', cursor.encode(position));
  reply.header('skald-as-of-exact', String(isExact));
  if (recordedAt !== null) reply.header('skald-as-of-recorded-at', recordedAt);
};

/** @param name of the parameter it was given in. @throws Problem for a moment that is none, or not in this log. */
export const momentFor = async (
  deps: AsOfDeps,
  reply: FastifyReply,
  then: string,
  name: string,
): Promise<Moment> => {
  const asking = deps.asOf.momentOf(askedIn(deps, then, name), deadlineOf(deps, reply));
  const moment = await told(reply, asking);
  if (moment === 'ahead') throw problem('as_of_ahead', `${name}: ${then} is after the end of the log`);
  if (moment === 'searching') throw building('that time is still being looked for in the log');
  return moment;
};

const askedIn = ({ cursor }: AsOfDeps, then: string, name: string): Asked => {
  const given = time.safeParse(then);
  if (given.success) return { kind: 'time', time: given.data };
  const decoded = cursor.decode(then);
  if (decoded.kind === 'ok') return { kind: 'position', position: decoded.position };
  if (decoded.kind === 'foreign')
    throw problem(
      'invalid_as_of',
      `${name} is a position of another log, or from before this one was restored`,
    );
  throw problem(
    'invalid_as_of',
    `${name} is neither a date and time with its zone, as 2026-01-31T12:00:00Z, nor a position of this service`,
  );
};

/** How long a caller waits who does not say, in seconds. */
const PATIENCE_S = 10;

const deadlineOf = ({ drain }: AsOfDeps, reply: FastifyReply): AbortSignal => {
  const seconds = preferredWait(reply);
  return seconds === undefined
    ? AbortSignal.any([drain, AbortSignal.timeout(PATIENCE_S * 1000)])
    : applyWait(reply, seconds, drain);
};

const building = (detail: string) => problem('as_of_building', detail, { headers: { 'retry-after': '2' } });

const wordsOf = ({ isBegun, events, recordedAt }: StillBuilding): string => {
  if (!isBegun) return 'the read models of that time wait to be made from the log: others are made first';
  const far = recordedAt === null ? '' : `, up to ${recordedAt}`;
  return `the read models of that time are being made from the log: ${events} events taken up so far${far}`;
};
