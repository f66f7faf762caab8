// What a server answers at one position of its log, written down to be asked for again as of then.
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

export type Asked = {
  readonly status: number;
  readonly text: string;
  readonly header: (name: string) => string | null;
};
export type Ask = (
  url: string,
  options?: {
    /** POST where there is a body, else GET. */
    readonly method?: 'DELETE';
    readonly body?: object;
    readonly headers?: Readonly<Record<string, string>>;
  },
) => Promise<Asked>;

/** An app in this process. */
export const askOf =
  (app: FastifyInstance): Ask =>
  async (url, { method = 'POST', body, headers = {} } = {}) => {
    const sent = body === undefined ? {} : { method, payload: body };
    const { statusCode: status, body: text, headers: got } = await app.inject({ url, headers, ...sent });
    return { status, text, header: (name) => got[name]?.toString() ?? null };
  };

/** A server at an address. */
export const askAt =
  (address: string): Ask =>
  async (url, { method = 'POST', body, headers = {} } = {}) => {
    const type = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { method, body: JSON.stringify(body) };
    const response = await fetch(`${address}${url}`, {
      ...sent,
      headers: body ? { ...headers, ...type } : headers,
    });
    return {
      status: response.status,
      text: await response.text(),
      header: (name) => response.headers.get(name),
    };
  };

/** The answers to these addresses, all of them at one position. */
export type Recorded = { readonly position: string; readonly answers: ReadonlyMap<string, string> };

const page = z.looseObject({
  items: z.array(
    z.looseObject({
      flowId: z.string().optional(),
      orchName: z.string().optional(),
      id: z.string().optional(),
      kind: z.string().optional(),
    }),
  ),
});

export const itemsOf = ({ text }: Asked) => page.parse(JSON.parse(text)).items;

const LISTS = [
  ...['/api/v1/sagas', '/api/v1/sagas?limit=2', '/api/v1/sagas?sort=startedAt&status=COMPLETED'],
  ...['/api/v1/sagas/counts', '/api/v1/orchestrations', '/api/v1/orchestrations?sort=-updatedAt'],
  ...['/api/v1/orchestration-counts', '/api/v1/workers', '/api/v1/healing', '/api/v1/timers'],
  ...['/api/v1/instances', '/api/v1/instances?limit=1', '/api/v1/instances/counts'],
];

/** Every list, and every single resource that the lists name. */
const addressesIn = async (ask: Ask): Promise<readonly string[]> => {
  const flows = itemsOf(await ask('/api/v1/sagas')).map(({ flowId }) => `/api/v1/sagas/${flowId ?? ''}`);
  const names = itemsOf(await ask('/api/v1/orchestrations')).map(
    ({ orchName }) => `/api/v1/orchestrations/${orchName ?? ''}`,
  );
  const instances = itemsOf(await ask('/api/v1/instances'))
    .filter(({ kind }) => kind === 'instance')
    .map(({ id }) => `/api/v1/instances/${id ?? ''}`);
  return [
    ...LISTS,
    ...flows.flatMap((flow) => [flow, `${flow}/timeline`, `${flow}/undo-plan`]),
    ...names.flatMap((name) => [name, `${name}/registrations`, `${name}/sagas`]),
    ...instances.flatMap((instance) => [instance, `${instance}/history`, `${instance}/value`]),
  ];
};

const status = z.looseObject({
  position: z.string(),
  items: z.array(z.looseObject({ position: z.string().nullable() })),
});

/** Where the log ends, once every read model has taken up all of it. */
const restingAt = async (ask: Ask): Promise<string | undefined> => {
  const { position, items } = status.parse(JSON.parse((await ask('/api/v1/projections')).text));
  const isThere = items.length > 0 && items.every((item) => item.position === position);
  return isThere ? position : undefined;
};

const PATIENCE_MS = 15_000;

/** Looks until nothing has moved between the first answer and the last. */
export const record = async (ask: Ask): Promise<Recorded> => {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const position = await restingAt(ask);
    if (position === undefined) continue;
    const answers = new Map<string, string>();
    for (const url of await addressesIn(ask)) answers.set(url, comparable((await ask(url)).text));
    if ((await restingAt(ask)) === position) return { position, answers };
  }
  throw new Error('the read models never came to rest');
};

/** The same addresses again, as of then. */
export const again = async (
  ask: Ask,
  { position, answers }: Recorded,
): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for (const url of answers.keys()) {
    const then = `${url}${url.includes('?') ? '&' : '?'}asOf=${encodeURIComponent(position)}`;
    found.set(url, comparable((await ask(then, { headers: { prefer: 'wait=30' } })).text));
  }
  return found;
};

/** Byte by byte, but for when workers were heard of, which is no event. Problems name their request. */
const comparable = (text: string): string =>
  text
    .replaceAll(/"liveness":\{[^}]*\}/g, '"liveness":{}')
    .replaceAll(/"requestId":"[^"]*"/g, '"requestId":""');
