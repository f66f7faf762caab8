import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

/**
 * One JSON object per line on stderr; stdout is for people. Whoever logs gives fields it chose, never a
 * request, a header or a payload: the serializers that would take those apart are not there.
 */
export const createLogger = (level: string, destination: DestinationStream = pino.destination(2)): Logger =>
  pino(
    {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, req: hidden, res: hidden },
      redact: { paths: ['headers', 'payload', 'body', '*.headers', '*.payload', '*.body'], censor: '***' },
    },
    destination,
  );

const hidden = () => '***';
const MAX_TEXT = 300;

/** Name, code, a bounded message and the stack frames: no fields a library may have hung on an error, no other value. */
const describeError = (error: unknown): unknown => {
  if (!(error instanceof Error))
    return typeof error === 'string' ? error.slice(0, MAX_TEXT) : { type: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return {
    type: error.name,
    message: error.message.slice(0, MAX_TEXT),
    ...code,
    ...cause,
    stack: frames.join('\n'),
  };
};
