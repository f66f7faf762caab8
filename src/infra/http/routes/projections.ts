import type { FastifyReply } from 'fastify';
import type { Job, JobResult, Projector, ProjectorStatus, Refusal } from '../../projector/port.ts';
import type { CursorCodec } from '../cursor.ts';
import { problem } from '../problem-details.ts';
import { WAITING } from '../server-options.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import * as schemas from './projection-schemas.ts';

export type ProjectionDeps = {
  readonly projector: Pick<Projector, 'status' | 'rebuild' | 'verify' | 'rollback' | 'unblock'>;
  readonly cursor: CursorCodec;
};

const TAG = 'projections';
const PROJECTION = '/api/v1/projections/:name';
const READ = needs('projection:read');
const OPERATE = needs('projection:operate');

export const projectionRoutes = (app: App, deps: ProjectionDeps): void => {
  statusRoutes(app, deps);
  rebuildRoutes(app, deps);
  rollbackRoute(app, deps);
  unblockRoute(app, deps);
};

const statusRoutes = (app: App, { projector, cursor }: ProjectionDeps): void => {
  const list = operation(TAG, 'Read models: how far they are, what is blocked', schemas.projectionsAnswer);
  app.get('/api/v1/projections', { ...READ, schema: list }, async () =>
    outwardStatus(cursor, await projector.status()),
  );
  const job = operation(TAG, 'The running or the last rebuild or verification', schemas.jobAnswer);
  const schema = { ...job, params: schemas.onProjection };
  app.get(`${PROJECTION}/rebuild`, { ...READ, schema }, async ({ params: { name } }) => {
    const { projections } = await projector.status();
    const status = projections.find((one) => one.name === name);
    if (status === undefined) throw problem('unknown_projection', `There is no projection ${name}`);
    if (status.job === null) throw problem('no_rebuild', `${name} has not been rebuilt since the start`);
    return { job: outwardJob(cursor, status.job), secondsLeft: status.secondsLeft };
  });
};

const rebuildRoutes = (app: App, { projector, cursor }: ProjectionDeps): void => {
  const started = (summary: string) => {
    const { response, ...rest } = operation(TAG, summary, schemas.startedAnswer);
    const accepted = schemas.startedAnswer.meta({
      description: 'Started; look at the rebuild for its result.',
    });
    return { ...rest, params: schemas.onProjection, response: { ...response, 202: accepted } };
  };
  /** Says where it can be seen how far it is. */
  const accept = (reply: FastifyReply, name: string, { job }: { readonly job: Job }) => {
    reply.header('location', `/api/v1/projections/${encodeURIComponent(name)}/rebuild`).code(202);
    return { job: outwardJob(cursor, job) };
  };
  const rebuild = {
    ...started('Fold the log anew, compare, switch where equal'),
    body: schemas.rebuildInput,
  };
  app.post(
    `${PROJECTION}/rebuild`,
    { ...OPERATE, schema: rebuild },
    async ({ params: { name }, body }, reply) =>
      accept(reply, name, doneOr(await projector.rebuild(name, body))),
  );
  const verify = started('Fold the log anew and say what differs');
  app.post(`${PROJECTION}/verify`, { ...OPERATE, schema: verify }, async ({ params: { name } }, reply) =>
    accept(reply, name, doneOr(await projector.verify(name))),
  );
};

const rollbackRoute = (app: App, { projector }: ProjectionDeps): void => {
  const schema = {
    ...operation(TAG, 'Go back to the generation before the live one', schemas.rolledBackAnswer),
    params: schemas.onProjection,
  };
  app.post(`${PROJECTION}/rollback`, { ...OPERATE, ...WAITING, schema }, async ({ params }) => {
    const { generation } = doneOr(await projector.rollback(params.name));
    return { generation };
  });
};

const unblockRoute = (app: App, { projector }: ProjectionDeps): void => {
  const schema = {
    ...operation(TAG, "Fold a blocked document's parked events again", schemas.unblockedAnswer),
    params: schemas.onDocument,
  };
  app.post(`${PROJECTION}/documents/:id/unblock`, { ...OPERATE, ...WAITING, schema }, async ({ params }) =>
    doneOr(await projector.unblock(params.name, params.id)),
  );
};

/** @throws Problem for a refusal. */
const doneOr = <Answer extends { readonly kind: string }>(answer: Answer | Refusal): Answer => {
  if (isRefusal(answer)) throw problem(answer.code, answer.detail);
  return answer;
};

const isRefusal = (answer: { readonly kind: string }): answer is Refusal => answer.kind === 'refused';

const outwardStatus = (cursor: CursorCodec, { projections, position, ...rest }: ProjectorStatus) => ({
  items: projections.map((one) => ({
    ...one,
    blockedIds: one.blockedIds ?? [],
    position: one.position === null ? null : cursor.encode(one.position),
    job: one.job === null ? null : outwardJob(cursor, one.job),
  })),
  ...rest,
  position: cursor.encode(position),
});

const outwardJob = (cursor: CursorCodec, job: Job): Job => ({
  ...job,
  position: cursor.encode(job.position),
  result: job.result === null ? null : outwardResult(cursor, job.result),
});

const outwardResult = (cursor: CursorCodec, result: JobResult): JobResult => {
  if (result.kind === 'refolded' || result.comparison === null) return result;
  const { comparison } = result;
  return { ...result, comparison: { ...comparison, position: cursor.encode(comparison.position) } };
};
