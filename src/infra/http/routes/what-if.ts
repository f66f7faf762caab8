import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { exactlyOneOf } from '../../../commands/given-fields.ts';
import { registerInput } from '../../../commands/orchestration/register-input.ts';
import { roleOf } from '../../../commands/orchestration/register-outcome.ts';
import { reject } from '../../../domain/decider.ts';
import type { Rejection } from '../../../domain/decider.ts';
import { name } from '../../../domain/names.ts';
import { SAGAS } from '../../../projections/sagas/read-model.ts';
import type { Asked } from '../../../queries/what-if/what-if.ts';
import { countsOf } from '../../../queries/what-if/verdict-counts.ts';
import { runWhatIfView, verdictCounts } from '../../../queries/what-if/what-if-view.ts';
import { ownOnly } from '../caller.ts';
import { found, unknownRun } from '../found.ts';
import { problemOfRefusal } from '../problem-of-refusal.ts';
import type { Problem } from '../problem-details.ts';
import { ANSWERS_BODY_LIMIT } from '../server-options.ts';
import type { App } from '../typed-app.ts';
import { whileConnected } from '../waiting.ts';
import { needs, operation } from './operation.ts';
import { answerList, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import { checkMinPosition } from './route-deps.ts';
import { visibleTo } from './saga-reads.ts';
import * as schemas from './schemas.ts';

const MAX_RUNS = 500;
/** Every run of a page is decided anew, event by event. */
const DECIDING = { handlerTimeout: 120_000, bodyLimit: ANSWERS_BODY_LIMIT };
/** After so many milliseconds a page ends: large definitions take long for each run, and others wait meanwhile. */
const PAGE_MS = 10_000;

const whatIfInput = z
  .strictObject({
    /** As an initiator would register it. */
    definition: registerInput,
    flowId: schemas.onRun.shape.flowId.optional(),
    /** Every run of the orchestration that has not ended. */
    all: z.literal(true).optional(),
    /** What becomes of steps that were never recorded; success where nothing is said. */
    results: z.record(name, z.enum(['success', 'failure'])).default({}),
    /** Runs of a page. A page may hold fewer, and still not be the last one. */
    limit: z.int().min(1).max(MAX_RUNS).default(100),
    cursor: z.string().min(1).max(2000).optional(),
  })
  .refine(({ flowId, all }) => (flowId === undefined) !== (all === undefined), {
    message: 'says which runs: exactly one of flowId and all',
  })
  .superRefine(({ definition: { steps }, results }, context) => {
    // A name mistyped would be answered as if nothing had been supplied.
    for (const step of Object.keys(results))
      if (!steps.some((known) => known.name === step))
        context.addIssue({
          ...{ code: 'custom', path: ['results', step], message: 'the definition has no such step' },
        });
  })
  .meta(exactlyOneOf('flowId', 'all'));
type WhatIfInput = z.output<typeof whatIfInput>;

const answer = z.strictObject({
  items: z.array(runWhatIfView),
  counts: verdictCounts,
  /** Runs of the page whose history is damaged, or cannot be read by this version. */
  unreadable: z.array(z.string()).readonly(),
  nextCursor: z.string().optional(),
  position: schemas.position,
});

/** Asks what runs would have done, and how they could go on, under another definition. Changes nothing. */
export const whatIfRoutes = (app: App, deps: ReadDeps): void => {
  const summary = 'What runs would have done under another definition; changes nothing';
  const schema = {
    ...operation('runs', summary, answer),
    querystring: schemas.readQuery,
    body: whatIfInput,
  };
  app.post('/api/v1/what-if', { ...needs('saga:read'), ...DECIDING, schema }, async (request, reply) => {
    const { flowId, ...input } = request.body;
    const { minPosition } = request.query;
    if (flowId === undefined) return ofLive(deps, request, reply, { ...input, minPosition });
    await checkMinPosition(deps, minPosition);
    return ofRun(deps, request, flowId, input);
  });
};

const ofRun = async (deps: ReadDeps, request: FastifyRequest, flowId: string, input: WhatIfInput) => {
  const own = ownOnly(request);
  if (own !== undefined && (await deps.queries.ownerOfStream(`saga-${flowId}`)) !== own)
    throw unknownRun(flowId);
  const run = found(await deps.queries.whatIfOfRun(flowId, askedBy(input)), () => unknownRun(flowId));
  if ('kind' in run && run.kind === 'rejected') throw problemOfInput(run);
  const items = 'kind' in run ? [] : [outward(deps, run)];
  const unreadable = 'kind' in run ? [flowId] : [];
  return { items, counts: countsOf(items), unreadable, position: deps.cursor.encode(run.position) };
};

const ofLive = async (
  deps: ReadDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { limit, cursor, minPosition, ...input }: WhatIfInput & { readonly minPosition: string | undefined },
) => {
  const { ownedBy } = visibleTo(request);
  const asked = askedBy(input);
  const query = { sort: 'startedAt', limit: String(limit), cursor, minPosition, ...asked, ownedBy };
  let unreadable: readonly string[] = [];
  const page = await answerList(deps, reply, query, {
    ...{ readModel: SAGAS, list: 'what-if' },
    read: async (_lists, _filters, which) => {
      const over = whileConnected(reply, deps.drain, PAGE_MS);
      const runs = await deps.queries.whatIfOfLive(asked, which, ownedBy, over);
      if ('kind' in runs) throw problemOfInput(runs);
      unreadable = runs.unreadable;
      return runs;
    },
  });
  return { ...page, counts: countsOf(page.items), unreadable };
};

/** @throws Problem for what no initiator would register. */
const askedBy = ({ definition, results }: Pick<WhatIfInput, 'definition' | 'results'>): Asked => {
  const { as, orchName, type, onUndoFailure, steps } = definition;
  if (roleOf(definition) !== 'initiator')
    throw problemOfInput(reject('invalid_role', `Only an initiator defines: ${as}`, '/as'));
  return { orchName, candidate: { type, onUndoFailure, steps }, results };
};

/** Where it points into the definition, it points into the member that holds it. */
const problemOfInput = (refusal: Rejection): Problem =>
  problemOfRefusal(
    refusal.pointer === undefined ? refusal : { ...refusal, pointer: `/definition${refusal.pointer}` },
  );
