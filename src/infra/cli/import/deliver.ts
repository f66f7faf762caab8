import { z } from 'zod';
import { pause } from '../../clock/port.ts';
import type { Api } from '../api.ts';
import type { Call } from '../call.ts';
import { CliError, inOneLine } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import type { Flaw, Line } from './lines.ts';

const answer = z.looseObject({
  results: z.array(
    z.looseObject({ outcome: z.string(), code: z.string().nullable(), detail: z.string().nullable() }),
  ),
});
type Result = z.output<typeof answer>['results'][number];

export type Tally = {
  readonly count: (outcome: string) => void;
  readonly onFlaw: (flaw: Flaw) => void;
};

type Deps = Pick<Call, 'clock'> & {
  readonly api: Pick<Api, 'post'>;
  readonly dryRun: boolean;
  readonly tally: Tally;
};

const PATH = '/api/v1/instances/batch';
/** A server that restarts is waited for: half a minute in all. */
const TRIES = 9;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 8000;

/** Sends lines until each is in or refused. @throws CliError where the server does not take them in time. */
export const deliver = async (deps: Deps, lines: readonly Line[]): Promise<void> => {
  let left = lines;
  for (let tries = 1; left.length > 0; tries += 1) {
    left = await leftAfter(deps, left, tries);
    if (left.length > 0) await pause(deps.clock, Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS));
  }
};

/** The lines that are to be sent again. */
const leftAfter = async (deps: Deps, lines: readonly Line[], tries: number): Promise<readonly Line[]> => {
  try {
    const again = await sendOnce(deps, lines);
    if (again.length > 0 && tries === TRIES)
      throw new CliError(CLI_EXIT.failure, 'the server cannot take them now');
    return again;
  } catch (error) {
    if (isPassing(error) && tries < TRIES) return lines;
    throw error;
  }
};

const isPassing = (error: unknown): boolean =>
  error instanceof CliError && (error.exit === CLI_EXIT.unreachable || error.status === 503);

const sendOnce = async (deps: Deps, lines: readonly Line[]): Promise<readonly Line[]> => {
  const { api, dryRun, tally } = deps;
  const items = lines.map(({ key, instance }) => ({ key, instance }));
  const results = await resultsOf(api, { items, dryRun });
  if (results.kind === 'refused') return apart(deps, lines, results.why);
  const again: Line[] = [];
  results.of.forEach((result, index) => {
    const line = lines[index];
    if (line === undefined) return;
    if (result.outcome === 'unavailable') again.push(line);
    else if (result.outcome === 'refused') tally.onFlaw({ number: line.number, why: reasonOf(result) });
    else tally.count(result.outcome);
  });
  return again;
};

type Results =
  | { readonly kind: 'results'; readonly of: readonly Result[] }
  /** As a whole: some line has a form that spoils the batch. */
  | { readonly kind: 'refused'; readonly why: string };

const resultsOf = async (api: Deps['api'], body: object): Promise<Results> => {
  try {
    return { kind: 'results', of: answer.parse(await api.post(PATH, body)).results };
  } catch (error) {
    if (error instanceof CliError && (error.status === 400 || error.status === 413))
      return { kind: 'refused', why: inOneLine(error) };
    throw error;
  }
};

/** Halves, until the line that spoils them all is alone. */
const apart = async (deps: Deps, lines: readonly Line[], why: string): Promise<readonly Line[]> => {
  const [only] = lines;
  if (only !== undefined && lines.length === 1) {
    deps.tally.onFlaw({ number: only.number, why });
    return [];
  }
  const middle = Math.ceil(lines.length / 2);
  const first = await sendOnce(deps, lines.slice(0, middle));
  return [...first, ...(await sendOnce(deps, lines.slice(middle)))];
};

const reasonOf = ({ code, detail }: Result): string => `${detail ?? ''} (${code ?? 'no code'})`;
