import type { ReplaySession } from '../../domain/replay/commands.ts';
import type { ReplaySinkContent } from '../../infra/replay/port.ts';
import type { CallContext } from '../context.ts';
import type { Result } from '../result.ts';
import type { CreateReplayInput, PreviewReplayInput } from './inputs.ts';
import type { ReplayPreview } from './preview-replay.ts';
import type { ReplaySteering } from './steer-replay.ts';

/** What the HTTP edge asks of replay sessions. */
export type ReplayHandlers = ReplaySteering & {
  readonly createReplay: (
    input: CreateReplayInput,
    context: CallContext,
  ) => Promise<Result<{ readonly sessionId: string }, string>>;
  readonly previewReplay: (input: PreviewReplayInput) => Promise<ReplayPreview>;
  /** What a session's sink holds in this process; undefined where it holds nothing of it. */
  readonly getReplayRecords: (
    sessionId: string,
    payloads: ReplaySession['payloads'],
  ) => Promise<ReplaySinkContent | undefined>;
};
