import { z } from 'zod';
import type { Json } from '../api.ts';
import type { Call } from '../call.ts';
import type { Progress } from '../progress.ts';
import { auditedEvent, followHeads } from './heads.ts';
import type { Finding, Head } from './heads.ts';
import { tallyOf } from './report.ts';
import type { AuditReport } from './report.ts';

type Deps = Pick<Call, 'api' | 'chain'>;

const PAGE = '1000';
const page = z.object({
  items: z.array(auditedEvent),
  nextCursor: z.string().optional(),
  /** Of a stream: its last revision. */
  head: z.int().optional(),
});
type Page = z.output<typeof page>;

/** Has the server send every event, and computes the chain here: its word alone is not taken for it. */
export const auditServer = async (
  { api, chain }: Deps,
  stream: string | undefined,
  progress: Progress,
): Promise<AuditReport> => {
  const heads = followHeads(chain);
  let total: number | undefined;
  const tally = tallyOf(progress, () => total);
  for await (const { items, head } of pages(api, stream)) {
    total = head === undefined ? undefined : head + 1;
    tally.count(
      items.length,
      items.flatMap((event) => heads.check(event) ?? []),
    );
  }
  const seen = { source: 'server', streams: heads.streams() } as const;
  if (stream === undefined) return tally.report({ ...seen, scope: 'everything', head: null });
  const last = heads.of(stream);
  tally.count(0, tailFlaw(stream, last, total));
  return tally.report({ ...seen, scope: stream, head: last.hash });
};

const tailFlaw = (stream: string, { revision }: Head, total = 0): readonly Finding[] =>
  revision >= total - 1
    ? []
    : [{ stream, revision: revision + 1, detail: 'the stream ends before its head' }];

async function* pages(api: Call['api'], stream: string | undefined): AsyncGenerator<Page> {
  const path = stream === undefined ? '/api/v1/events' : `/api/v1/streams/${encodeURIComponent(stream)}`;
  const read = (from: string | undefined): Promise<Json> => api.get(path, { query: { limit: PAGE, from } });
  let from: string | undefined;
  do {
    const next = page.parse(await read(from));
    yield next;
    from = next.nextCursor;
  } while (from !== undefined);
}
