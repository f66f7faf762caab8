import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { change, changesBetween } from '../../../queries/as-of/changes.ts';
import type { Moment } from '../../../queries/as-of/moments.ts';
import type { Singles } from '../../../queries/as-of/singles-at.ts';
import type { CursorCodec } from '../cursor.ts';
import { problem } from '../problem-details.ts';
import { asOf, momentFor } from './as-of.ts';
import type { operation } from './operation.ts';
import type { AsOfDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

const DIFF_TYPE = 'application/vnd.skald.diff+json';
const DESCRIPTION = `What changed between two moments, \`A..B\`, each as in asOf; answered as ${DIFF_TYPE}.`;

const moment = z.strictObject({
  position: schemas.position,
  /** The time asked for; null where a position was. */
  time: z.string().nullable(),
  isExact: z.boolean(),
});
const changes = z.strictObject({ from: moment, to: moment, changes: z.array(change) });

/** What single resources take that can be compared with themselves. */
export const diffQuery = z.strictObject({
  ...schemas.minPosition,
  ...asOf,
  diff: z.string().min(1).max(410).optional().meta({ description: DESCRIPTION, 'x-answers': DIFF_TYPE }),
});

/** The description of a route that answers with a resource, or with what changed about it. */
export const orChanges = <Answer extends z.ZodType>({
  response,
  ...described
}: ReturnType<typeof operation<Answer>>) => ({
  ...described,
  response: {
    ...response,
    200: {
      description: 'Done.',
      content: { 'application/json': { schema: response[200] }, [DIFF_TYPE]: { schema: changes } },
    },
  },
});

type Query = z.output<typeof diffQuery>;

/**
 * What changed about a resource; undefined where it was not there at either moment. An earlier B undoes.
 * @throws Problem for moments that are none, or beside another moment.
 */
export const changesOf = async (
  deps: AsOfDeps,
  reply: FastifyReply,
  query: Query,
  viewIn: (singles: Singles) => Promise<unknown>,
): Promise<z.output<typeof changes> | undefined> => {
  const [a, b] = namedIn(query);
  const from = await momentFor(deps, reply, a, 'diff');
  const to = await momentFor(deps, reply, b, 'diff');
  const [before, after] = await Promise.all([from, to].map((each) => viewIn(deps.asOf.singlesAt(each))));
  if (before === undefined && after === undefined) return undefined;
  reply.type(DIFF_TYPE);
  const found = changesBetween(before, after);
  return { from: outward(deps.cursor, from), to: outward(deps.cursor, to), changes: [...found] };
};

/** Neither a time nor a cursor has two dots in a row: what has is refused as a moment. */
const PAIR = /^(.+?)\.\.(.+)$/;

const namedIn = ({ diff, asOf: then, minPosition }: Query): readonly [string, string] => {
  const [, a, b] = PAIR.exec(diff ?? '') ?? [];
  const isAlone = then === undefined && minPosition === undefined;
  if (isAlone && a !== undefined && b !== undefined) return [a, b];
  throw problem('invalid_as_of', 'diff names two moments, as A..B, and stands beside no other');
};

const outward = (cursor: CursorCodec, { position, time, isExact }: Moment) => ({
  ...{ position: cursor.encode(position), time, isExact },
});
