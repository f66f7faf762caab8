import type { CoreCode } from './core-code.ts';

/**
 * The one table from code to HTTP status: a code of the core without a row does not compile. docs/errors.md
 * lists the same codes; a test compares both.
 */
export const statusOf = {
  malformed_json: 400,
  malformed_yaml: 400,
  invalid_input: 400,
  invalid_header: 400,
  invalid_url: 400,
  invalid_request: 400,
  bad_cursor: 400,
  invalid_as_of: 400,
  as_of_ahead: 400,
  invalid_condition: 400,
  invalid_role: 400,
  transport_unavailable: 400,
  no_steps: 400,
  too_many_steps: 400,
  missing_seq: 400,
  missing_object_type: 400,
  duplicate_step: 400,
  duplicate_seq: 400,
  depends_on_not_allowed: 400,
  self_dependency: 400,
  duplicate_dependency: 400,
  unknown_dependency: 400,
  dependency_cycle: 400,
  registration_too_large: 400,
  invalid_letter: 400,
  instance_not_failed: 400,
  unauthenticated: 401,
  forbidden: 403,
  forbidden_host: 403,
  forbidden_origin: 403,
  too_many_orchestrations: 403,
  too_many_services: 403,
  too_many_topics: 403,
  not_found: 404,
  unknown_orchestration: 404,
  unknown_run: 404,
  unknown_step: 404,
  unknown_timer: 404,
  unknown_timer_shift: 404,
  unknown_stream: 404,
  unknown_projection: 404,
  unknown_document: 404,
  no_rebuild: 404,
  unknown_collection: 404,
  unknown_letter: 404,
  unknown_redrive: 404,
  unknown_schema: 404,
  unknown_instance: 404,
  unknown_retry_batch: 404,
  unknown_checkpoint: 404,
  unknown_replay: 404,
  not_served_here: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  late_answer: 409,
  stale_attempt: 409,
  run_exists: 409,
  run_ended: 409,
  run_paused: 409,
  definition_mismatch: 409,
  already_undoing: 409,
  undo_blocked: 409,
  step_not_blocked: 409,
  step_not_retrying: 409,
  timer_due: 409,
  document_not_blocked: 409,
  projection_busy: 409,
  no_previous_generation: 409,
  letter_closed: 409,
  letter_redriving: 409,
  letter_truncated: 409,
  letter_changed: 409,
  redrive_superseded: 409,
  instance_held: 409,
  instance_not_deleted: 409,
  no_signing_key: 409,
  checkpoint_superseded: 409,
  replay_started: 409,
  replay_not_started: 409,
  replay_not_running: 409,
  replay_ended: 409,
  replay_file_taken: 409,
  replayed_event: 409,
  retention_running: 409,
  retention_superseded: 409,
  resync: 410,
  instance_deleted: 410,
  precondition_failed: 412,
  payload_too_large: 413,
  too_large: 413,
  url_too_long: 414,
  unsupported_media_type: 415,
  expectation_failed: 417,
  idempotency_key_reused: 422,
  target_not_allowed: 422,
  upgrade_required: 426,
  precondition_required: 428,
  too_many_connections: 429,
  rate_limited: 429,
  headers_too_large: 431,
  internal: 500,
  integrity: 500,
  newer_data: 500,
  no_flow_headers: 500,
  retry_failed: 500,
  behind: 503,
  as_of_building: 503,
  not_ready: 503,
  idp_unavailable: 503,
  projector_unavailable: 503,
  outcome_unknown: 503,
  busy: 503,
  shutting_down: 503,
  starting: 503,
  store_unavailable: 503,
  handler_timeout: 503,
  storage_full: 507,
  ids_exhausted: 507,
} as const satisfies Record<CoreCode, number> & Record<string, number>;
export type ProblemCode = keyof typeof statusOf;

/** One thing that is wrong with the input: where (JSON Pointer within that part of the request), and why. */
export type InputFlaw = {
  readonly in: 'body' | 'query' | 'path' | 'header';
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
};

/** RFC 9457, with the extension members `code`, `requestId`, `errors`, and what a code adds of its own. */
export type ProblemDetails = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly InputFlaw[];
};

/** A refusal on its way to the error handler. Its text is meant for the caller; it holds no cause. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly status: number;
  readonly errors: readonly InputFlaw[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, string>>;

  constructor(code: string, status: number, detail: string, more: ProblemExtras = {}) {
    super(detail);
    this.code = code;
    this.status = status;
    this.errors = more.errors;
    this.members = more.members ?? {};
    this.headers = status === 503 ? { 'retry-after': '1', ...more.headers } : { ...more.headers };
  }
}

type ProblemExtras = {
  readonly errors?: readonly InputFlaw[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Beside the common members, for programs that act on the code. */
  readonly members?: Readonly<Record<string, string>>;
};

export const problem = (code: ProblemCode, detail: string, extras: ProblemExtras = {}): Problem =>
  new Problem(code, statusOf[code], detail, extras);

export const detailsOf = (problem: Problem, requestId: string): ProblemDetails => ({
  type: `urn:skald:problem:${problem.code}`,
  title: titleOf(problem.code),
  status: problem.status,
  code: problem.code,
  detail: problem.message,
  requestId,
  ...problem.members,
  ...(problem.errors === undefined ? {} : { errors: problem.errors }),
});

const titleOf = (code: string): string => {
  const words = code.replaceAll(/[_-]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
