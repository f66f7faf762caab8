import { z } from 'zod';
import { CLI_EXIT } from './exit-codes.ts';
import type { CliExit } from './exit-codes.ts';

/** A failure meant for whoever typed the command: its message and, below it, details. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: CliExit;
  readonly details: readonly string[];
  /** Of the answer, where the server refused. */
  readonly status: number | undefined;

  constructor(exit: CliExit, message: string, details: readonly string[] = [], status?: number) {
    super(message);
    this.exit = exit;
    this.details = details;
    this.status = status;
  }
}

/** Message and details in one line, without the blanks that put details below one another. */
export const inOneLine = ({ message, details }: CliError): string =>
  [message, ...details].join('; ').replace(/ {2,}/g, ' ');

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const usageError = (message: string): CliError => new CliError(CLI_EXIT.usage, message);

/** What could not be written, and why; a conflict where something is there already. */
export const notMade = (what: string, error: unknown): CliError => {
  const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
  return new CliError(isThere ? CLI_EXIT.conflict : CLI_EXIT.failure, `${what}: ${messageOf(error)}`);
};

const problem = z.object({
  code: z.string(),
  detail: z.string(),
  requestId: z.string().optional(),
  errors: z.array(z.object({ in: z.string(), pointer: z.string(), detail: z.string() })).default([]),
});

/** What the server refused, as problem details say it; or that something else answered in its place. */
export const refusal = (status: number, text: string): CliError => {
  const parsed = problem.safeParse(jsonOf(text));
  if (!parsed.success) return new CliError(CLI_EXIT.failure, `an answer that is not Skald's: HTTP ${status}`);
  const { code, detail, requestId, errors } = parsed.data;
  const details = [
    ...errors
      // The detail of the whole tells of the first.
      .filter((flaw) => `${flaw.in}${flaw.pointer}: ${flaw.detail}` !== detail)
      .map((flaw) => `${flaw.in} ${flaw.pointer}: ${flaw.detail}`),
    `code        ${code} (HTTP ${status})`,
    ...(requestId === undefined ? [] : [`request id  ${requestId}`]),
    ...(status === 401 ? ['A token is taken from SKALD_TOKEN or --token-file.'] : []),
  ];
  return new CliError(exitOf(status, code), detail, details, status);
};

export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const BY_STATUS: Readonly<Record<number, CliExit>> = {
  400: CLI_EXIT.usage,
  404: CLI_EXIT.notFound,
  409: CLI_EXIT.conflict,
  410: CLI_EXIT.conflict,
  412: CLI_EXIT.conflict,
  413: CLI_EXIT.usage,
  414: CLI_EXIT.usage,
  422: CLI_EXIT.conflict,
};

/** Nothing is served at the address: an older server, or a process without the role; not a missing thing. */
const NOTHING_THERE: ReadonlySet<string> = new Set(['not_found', 'not_served_here']);

const exitOf = (status: number, code: string): CliExit => {
  if (NOTHING_THERE.has(code)) return CLI_EXIT.failure;
  return BY_STATUS[status] ?? CLI_EXIT.failure;
};
