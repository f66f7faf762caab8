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

export const projectionRoutes = (app: App, deps: ProjectionDeps): void => {
  statusRoutes(app, deps);
  rebuildRoutes(app, deps);
  rollbackRoute(app, deps);
  unblockRoute(app, deps);
};

const statusRoutes = (app: App, { projector, cursor }: ProjectionDeps): void => {
  app.get(
    '/api/v1/projections',
    {
      ...needs('projection:read'),
      schema: operation(TAG, 'Read models: how far they are, what is blocked', schemas.projectionsAnswer),
    },
    async () => outwardStatus(cursor, await projector.status()),
  );
  app.get(
    '/api/v1/projections/:name/rebuild',
    {
      ...needs('projection:read'),
      schema: {
        ...operation(TAG, 'The running or the last rebuild or verification', schemas.jobAnswer),
        params: schemas.onProjection,
      },
    },
    async ({ params: { name } }) => {
      const { projections } = await projector.status();
      const status = projections.find((one) => one.name === name);
      if (status === undefined) throw problem('unknown_projection', `There is no projection ${name}`);
      if (status.job === null) throw problem('no_rebuild', `${name} has not been rebuilt since the start`);
      return { job: outwardJob(cursor, status.job), secondsLeft: status.secondsLeft };
    },
  );
};

/** Where it can be seen how far a rebuild or a verification is. */
const jobLocation = (name: string): string => `/api/v1/projections/${encodeURIComponent(name)}/rebuild`;

const rebuildRoutes = (app: App, { projector, cursor }: ProjectionDeps): void => {
  const started = (summary: string) => {
    const { response, ...rest } = operation(TAG, summary, schemas.startedAnswer);
    const accepted = schemas.startedAnswer.meta({
      description: 'Started; look at the rebuild for its result.',
    });
    return { ...rest, params: schemas.onProjection, response: { ...response, 202: accepted } };
  };
  app.post(
    '/api/v1/projections/:name/rebuild',
    {
      ...needs('projection:operate'),
      schema: { ...started('Fold the log anew, compare, switch where equal'), body: schemas.rebuildInput },
    },
    async ({ params, body }, reply) => {
      const { job } = doneOr(await projector.rebuild(params.name, body));
      return reply
        .header('location', jobLocation(params.name))
        .code(202)
        .send({ job: outwardJob(cursor, job) });
    },
  );
  app.post(
    '/api/v1/projections/:name/verify',
    { ...needs('projection:operate'), schema: started('Fold the log anew and say what differs') },
    async ({ params }, reply) => {
      const { job } = doneOr(await projector.verify(params.name));
      return reply
        .header('location', jobLocation(params.name))
        .code(202)
        .send({ job: outwardJob(cursor, job) });
    },
  );
};

const rollbackRoute = (app: App, { projector }: ProjectionDeps): void => {
  app.post(
    '/api/v1/projections/:name/rollback',
    {
      ...needs('projection:operate'),
      ...WAITING,
      schema: {
        ...operation(TAG, 'Go back to the generation before the live one', schemas.rolledBackAnswer),
        params: schemas.onProjection,
      },
    },
    async ({ params }) => {
      const { generation } = doneOr(await projector.rollback(params.name));
      return { generation };
    },
  );
};

const unblockRoute = (app: App, { projector }: ProjectionDeps): void => {
  app.post(
    '/api/v1/projections/:name/documents/:id/unblock',
    {
      ...needs('projection:operate'),
      ...WAITING,
      schema: {
        ...operation(TAG, "Fold a blocked document's parked events again", schemas.unblockedAnswer),
        params: schemas.onDocument,
      },
    },
    async ({ params: { name, id } }) => doneOr(await projector.unblock(name, id)),
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
