import { z } from 'zod';
import { parseJsonOnly } from './body-parsers.ts';
import { answerError } from './error-handler.ts';
import { problemOfIssues } from './input-errors.ts';
import { problem } from './problem-details.ts';
import type { Problem } from './problem-details.ts';
import { guardBodies } from './request-guards.ts';
import { leaveOutLength } from './tagged.ts';
import type { App } from './typed-app.ts';

/** Strict JSON in, checked by zod; plain JSON out; every failure as problem details, or as `answerFailure` has it. */
export const useOwnFormats = (
  app: App,
  nothingThere: () => Problem = notFound,
  answerFailure: typeof answerError = answerError,
): void => {
  parseJsonOnly(app);
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => {
    let compiled: z.ZodType | undefined;
    return (data) => {
      // Not before the first request: a start would have to wait for those of all routes.
      const parsed = (compiled ??= z.compile(schema)).safeParse(data);
      return parsed.success
        ? { value: parsed.data }
        : { error: problemOfIssues(parsed.error.issues, httpPart ?? 'body') };
    };
  });
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(answerFailure);
  app.setNotFoundHandler(() => {
    throw nothingThere();
  });
  guardBodies(app);
  leaveOutLength(app);
};

const notFound = (): Problem => problem('not_found', 'there is nothing at this address');
