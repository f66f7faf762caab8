import { z } from 'zod';
import type { Json } from '../api.ts';
import type { Call } from '../call.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { auditedEvent } from './heads.ts';
import type { AuditedEvent } from './heads.ts';
import { SourceDamaged } from './source.ts';
import type { AuditSource } from './source.ts';
import type { Scope } from './witness.ts';

const PAGE = '1000';
const page = z.object({
  items: z.array(auditedEvent),
  nextCursor: z.string().optional(),
  /** Of a stream: its last revision. */
  head: z.int().optional(),
});
export type Page = z.output<typeof page>;

export type ServerSource = AuditSource & {
  readonly pages: (scope: Scope) => AsyncGenerator<Page>;
};

/** Whoever is shown only what is their own would take that for everything. @throws CliError */
export const checkSight = async (api: Call['api'], { kind }: Scope): Promise<void> => {
  if (kind === 'stream') return;
  try {
    await api.get('/api/v1/audit/checkpoints', { query: { limit: '1' } });
  } catch (error) {
    // Anything else is met again, and named, where the log is read.
    if (error instanceof CliError && error.status === FORBIDDEN) throw error;
  }
};

const FORBIDDEN = 403;

/** Has the server send events. While a page is looked at the next one is on its way. */
export const serverSource = (api: Call['api']): ServerSource => {
  const pages = (scope: Scope): AsyncGenerator<Page> => pagesOf(api, scope);
  return {
    pages,
    stream: async function* (name) {
      try {
        yield* itemsOf(pages({ kind: 'stream', name }));
      } catch (error) {
        // None of that name.
        if (!(error instanceof CliError && error.exit === CLI_EXIT.notFound)) throw error;
      }
    },
  };
};

export async function* itemsOf(pages: AsyncIterable<Page>): AsyncGenerator<readonly AuditedEvent[]> {
  for await (const { items } of pages) yield items;
}

async function* pagesOf(api: Call['api'], scope: Scope): AsyncGenerator<Page> {
  const path =
    scope.kind === 'stream' ? `/api/v1/streams/${encodeURIComponent(scope.name)}` : '/api/v1/events';
  const category = scope.kind === 'category' ? scope.name : undefined;
  const read = async (from: string | undefined): Promise<Page> =>
    page.parse(await answered(api.get(path, { query: { limit: PAGE, from, category } })));
  let coming: Promise<Page> | undefined = read(undefined);
  while (coming !== undefined) {
    const next: Page = await coming;
    coming = next.nextCursor === undefined ? undefined : read(next.nextCursor);
    // Its failure is told when it is its turn, also where nobody asks for it any more.
    coming?.catch(() => undefined);
    yield next;
  }
}

const DAMAGE = /^stream (\S+) is damaged at revision (-?\d+): /;

const answered = async (answer: Promise<Json>): Promise<Json> => {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof CliError) || !error.details.some((line) => / integrity /.test(line))) throw error;
    const [, stream = 'unknown', revision = '-1'] = DAMAGE.exec(error.message) ?? [];
    throw new SourceDamaged(stream, Number(revision), error.message);
  }
};
