/** One thing that is wrong with what was sent: where (a JSON Pointer into that part of the request), and why. */
export type InputFlaw = {
  readonly in: 'body' | 'query' | 'path' | 'header';
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
};

/** Skald answered, and refused (RFC 9457). `code` is what programs decide by; all codes are in docs/errors.md. */
export class SkaldProblem extends Error {
  override readonly name = 'SkaldProblem';
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly errors: readonly InputFlaw[];
  /** The whole answer: some codes have members of their own. */
  readonly body: unknown;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: unknown, retryAfterMs?: number) {
    const members = isObject(body) ? body : {};
    const code = textOf(members['code']) ?? `http_${status}`;
    super(textOf(members['detail']) ?? `${status} without a reason`);
    this.status = status;
    this.code = code;
    this.requestId = textOf(members['requestId']);
    this.errors = flawsOf(members['errors']);
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer came: nobody knows whether the request was carried out. The cause says what happened. */
export class SkaldUnreachable extends Error {
  override readonly name = 'SkaldUnreachable';
}

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const flawsOf = (value: unknown): readonly InputFlaw[] => (Array.isArray(value) ? value.filter(isFlaw) : []);

const isFlaw = (value: unknown): value is InputFlaw =>
  isObject(value) && typeof value['pointer'] === 'string' && typeof value['detail'] === 'string';
