import { z } from 'zod';
import type { Call } from '../call.ts';
import { CliError, inOneLine, messageOf } from '../errors.ts';
import { check } from './check.ts';
import type { Check } from './check.ts';

type Deps = Pick<Call, 'api' | 'url'>;

/** The server, and what it says of itself; where nobody answers, that alone. */
export const serverChecks = async ({ api, url }: Deps): Promise<readonly Check[]> => {
  try {
    const { status } = await api.probe('/livez');
    if (status !== 200)
      return [check('server', 'fail', `${url.origin} answers HTTP ${status}: is it Skald?`)];
  } catch (error) {
    if (error instanceof CliError) return [check('server', 'fail', inOneLine(error))];
    throw error;
  }
  return [
    check('server', 'ok', `${url.origin} answers`),
    await guarded('ready', () => ready(api)),
    await guarded('version', () => version(api)),
    await guarded('projections', () => projections(api)),
    await guarded('workers', () => workers(api)),
  ];
};

/** What cannot be asked is a failed check, not the end of the others. */
const guarded = async (name: string, look: () => Promise<Check>): Promise<Check> => {
  try {
    return await look();
  } catch (error) {
    const isUnknownThere =
      error instanceof CliError && error.details.some((line) => line.includes('not_found'));
    if (isUnknownThere) return check(name, 'skipped', 'this server does not tell');
    const why = error instanceof z.ZodError ? 'an answer of another form' : messageOf(error);
    return check(name, 'fail', why);
  }
};

const readiness = z.looseObject({ checks: z.record(z.string(), z.unknown()).default({}) });

const ready = async (api: Call['api']): Promise<Check> => {
  const { status, body } = await api.probe('/readyz?verbose=true');
  const { checks } = readiness.parse(body);
  const words = Object.entries(checks).map(([name, value]) => `${name} ${String(value)}`);
  return check('ready', status === 200 ? 'ok' : 'fail', words.join(', ') || `HTTP ${status}`);
};

const described = z.looseObject({ info: z.looseObject({ title: z.string(), version: z.string() }) });

const version = async (api: Call['api']): Promise<Check> => {
  const { info } = described.parse(await api.get('/openapi.json'));
  const isSkald = info.title === 'Skald';
  return check('version', isSkald ? 'ok' : 'fail', `${info.title}, API version ${info.version}`);
};

/** A read model that is further behind than this is worth a look. */
const LAG_S = 10;
const projection = z.looseObject({
  name: z.string(),
  state: z.string(),
  blocked: z.int(),
  lag: z.looseObject({ events: z.int(), seconds: z.number() }),
});
const projectionList = z.looseObject({
  items: z.array(projection),
  projector: z.string().default('running'),
});
type Projection = z.output<typeof projection>;

const projections = async (api: Call['api']): Promise<Check> => {
  const { items, projector } = projectionList.parse(await api.get('/api/v1/projections'));
  const trouble = items.flatMap(troubleOf);
  if (projector !== 'running') trouble.unshift(`the projector is ${projector}`);
  if (trouble.length > 0) return check('projections', 'warn', trouble.join(', '));
  const most = Math.max(0, ...items.map(({ lag }) => lag.events));
  return check('projections', 'ok', `${items.length}, at most ${most} events behind`);
};

const troubleOf = ({ name, state, blocked, lag }: Projection): readonly string[] => [
  ...(state === 'live' ? [] : [`${name} is ${state}`]),
  ...(blocked === 0 ? [] : [`${name} has ${blocked} blocked documents`]),
  ...(lag.seconds <= LAG_S ? [] : [`${name} is ${lag.events} events (${lag.seconds} s) behind`]),
];

const workerPage = z.looseObject({
  items: z.array(z.looseObject({ service: z.string(), liveness: z.looseObject({ state: z.string() }) })),
  nextCursor: z.string().optional(),
});

const workers = async (api: Call['api']): Promise<Check> => {
  const trouble: string[] = [];
  let seen = 0;
  let cursor: string | undefined;
  do {
    const page = workerPage.parse(await api.get('/api/v1/workers', { query: { limit: '500', cursor } }));
    const bad = page.items.filter(({ liveness }) => ['silent', 'deaf'].includes(liveness.state));
    trouble.push(...bad.map(({ service, liveness }) => `${service} is ${liveness.state}`));
    seen += page.items.length;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  if (trouble.length === 0) return check('workers', 'ok', `${seen} services, none silent or deaf`);
  return check('workers', 'warn', trouble.join(', '));
};
