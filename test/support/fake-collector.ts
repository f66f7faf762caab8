// A collector that takes OTLP/HTTP in JSON, and nothing that is not exactly that.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';
import { bodyOf, loopbackServer } from './loopback-server.ts';

const nanos = z.string().regex(/^\d{19}$/);
const spanId = z.string().regex(/^(?!0{16})[0-9a-f]{16}$/);
const context = { traceId: z.string().regex(/^(?!0{32})[0-9a-f]{32}$/), spanId };
const text = z.strictObject({ stringValue: z.string() });
const value = z.union([
  text,
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ arrayValue: z.strictObject({ values: z.array(text) }) }),
]);
const attributes = z.array(z.strictObject({ key: z.string().min(1), value }));
const scope = z.strictObject({ name: z.string(), version: z.string() });
const span = z.strictObject({
  ...context,
  parentSpanId: spanId.optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  ...{ startTimeUnixNano: nanos, endTimeUnixNano: nanos },
  attributes,
  links: z.array(z.strictObject(context)).optional(),
  events: z.array(z.strictObject({ name: z.string(), timeUnixNano: nanos })).optional(),
  status: z.strictObject({ code: z.literal(2) }).optional(),
});
/** `ExportTraceServiceRequest`, as far as it is used. */
const otlpRequest = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(z.strictObject({ scope, spans: z.array(span).min(1) })),
    }),
  ),
});

export type Exported = Omit<z.output<typeof span>, 'attributes'> & {
  readonly attributes: Readonly<Record<string, unknown>>;
};

const plain = (given: z.output<typeof attributes>): Exported['attributes'] =>
  Object.fromEntries(given.map(({ key, value: one }) => [key, plainValue(one)]));

const plainValue = (given: z.output<typeof value>): unknown => {
  if ('intValue' in given) return Number(given.intValue);
  if ('arrayValue' in given) return given.arrayValue.values.map(({ stringValue }) => stringValue);
  return Object.values(given)[0];
};

export type Answering = (response: ServerResponse) => void;
const taken: Answering = (response) => void response.writeHead(200).end('{}');

export const fakeCollector = async () => {
  const spans: Exported[] = [];
  const resources: Exported['attributes'][] = [];
  const requests: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
  const flaws: unknown[] = [];
  const answer = { with: taken };
  const endpoint = await loopbackServer((request, response) => {
    requests.push({ url: request.url, headers: request.headers });
    if (answer.with !== taken) {
      request.resume();
      answer.with(response);
      return;
    }
    bodyOf(request).then(
      (body) => {
        const parsed = otlpRequest.safeParse(body);
        if (parsed.error !== undefined) flaws.push(parsed.error);
        for (const { resource, scopeSpans } of parsed.data?.resourceSpans ?? []) {
          resources.push(plain(resource.attributes));
          const all = scopeSpans.flatMap((one) => one.spans);
          spans.push(...all.map((one) => ({ ...one, attributes: plain(one.attributes) })));
        }
        taken(response);
      },
      (error: unknown) => void flaws.push(error),
    );
  });
  return { endpoint, spans, resources, requests, flaws, answer, taken };
};
