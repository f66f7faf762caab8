import { z } from 'zod';
import { signedCheckpoint } from '../../../domain/checkpoint.ts';
import type { Queries } from '../../../queries/queries.ts';
import { problem } from '../problem-details.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { limitOr } from './query-parameters.ts';
import { checkMinPosition, doneOf, reflected, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

export type AuditDeps = RouteDeps & {
  readonly queries: Pick<Queries, 'listCheckpoints' | 'getCheckpoint' | 'isBeyondEnd' | 'lastPosition'>;
};

const TAG = 'audit';
const PATH = '/api/v1/audit/checkpoints';
const MAX_LIMIT = 100;

const number = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'must be the number of a checkpoint')
  .transform(Number);
const takenAnswer = schemas.commandAnswer.extend({ checkpoint: signedCheckpoint });
const listAnswer = z.strictObject({
  items: z.array(signedCheckpoint).readonly(),
  nextCursor: z.string().optional(),
  position: schemas.position,
});

/** Signed checkpoints of the log: proof of where every stream ended when they were made. */
export const auditRoutes = (app: App, deps: AuditDeps): void => {
  const { queries } = deps;
  const take = operation(TAG, 'Sign a checkpoint of the log as it is now', takenAnswer);
  app.post(PATH, { ...needs('audit:sign'), schema: take }, async (request, reply) => {
    const done = doneOf(await deps.handlers.takeCheckpoint(deps.contextOf(request)));
    const checkpoint = done.value;
    reply.header('location', `${PATH}/${checkpoint.number}`);
    const message = `Signed up to checkpoint ${checkpoint.number}`;
    return { ...successOf(deps, reply, done, message), checkpoint };
  });
  const list = {
    ...operation(TAG, 'Signed checkpoints, the newest first', listAnswer),
    querystring: z.strictObject({
      ...{ cursor: number.optional(), limit: limitOr(50, MAX_LIMIT) },
      ...schemas.minPosition,
    }),
  };
  app.get(PATH, { ...needs('audit:read'), schema: list }, async ({ query }) => {
    const { cursor, limit, minPosition } = query;
    const { position } = await reflected(deps, minPosition);
    const below = cursor === undefined ? {} : { below: cursor };
    const { items, next } = await queries.listCheckpoints({ ...below, limit: Number(limit) });
    return { items, ...(next === undefined ? {} : { nextCursor: String(next) }), position };
  });
  const one = {
    ...operation(TAG, 'A signed checkpoint', signedCheckpoint),
    params: z.strictObject({ number }),
    querystring: schemas.readQuery,
  };
  app.get(`${PATH}/:number`, { ...needs('audit:read'), schema: one }, async ({ params, query }) => {
    await checkMinPosition(deps, query.minPosition);
    const checkpoint = await queries.getCheckpoint(params.number);
    if (checkpoint === undefined)
      throw problem('unknown_checkpoint', `There is no checkpoint ${params.number}`);
    return checkpoint;
  });
};
