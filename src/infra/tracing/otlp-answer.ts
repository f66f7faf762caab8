import { z } from 'zod';

/** A 64-bit number is text in the JSON of protocol buffers; some collectors write a number all the same. */
const count = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^\d{1,19}$/)
    .transform(Number),
]);

/** `ExportTraceServiceResponse`, as far as it is used. */
const otlpAnswer = z.object({
  partialSuccess: z.object({ rejectedSpans: count.default(0), errorMessage: z.string().default('') }),
});

const MOST_MESSAGE = 200;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * What a collector that answered 200 did not take of the spans it was sent, and why. None, where it does not say so in a
 * form that OTLP knows: it has taken them then.
 */
export const rejectedIn = (
  text: string,
  sent: number,
): { readonly rejected: number; readonly why: string } => {
  const { success, data } = otlpAnswer.safeParse(parsed(text));
  const { rejectedSpans = 0, errorMessage = '' } = success ? data.partialSuccess : {};
  const rejected = Math.min(sent, rejectedSpans);
  const reason = errorMessage === '' ? '' : `: ${errorMessage.slice(0, MOST_MESSAGE)}`;
  return { rejected, why: `the collector rejected ${rejected} of ${sent} spans${reason}` };
};
