import { z } from 'zod';
import type { FlowHeaders } from '../../../commands/instance/handlers.ts';
import { flowHeaders } from '../../../commands/instance/inputs.ts';
import { exactJson, parseExactJson } from '../../strict-input/exact-json.ts';
import { pointerOf } from '../../../domain/json-pointer.ts';

/** The one header that the headers of a flow travel in. */
export const FLOW_HEADERS = 'flyt.instance-flow-headers';

export type ReadFlowHeaders =
  | { readonly kind: 'ok'; readonly headers: FlowHeaders }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly detail: string; readonly pointer: string };

const MAX_BYTES = 64 * 1024;

/** The headers of a flow, in JSON with exact integers. A field that is null is one that is not there. */
export const readFlowHeaders = (bytes: Uint8Array | undefined): ReadFlowHeaders => {
  if (bytes === undefined) return { kind: 'missing' };
  if (bytes.byteLength > MAX_BYTES) return unreadable(`they have more than ${String(MAX_BYTES)} bytes`, '');
  const parsed = parseExactJson(bytes);
  if (parsed.kind === 'flawed') return unreadable(parsed.flaw.detail, parsed.flaw.pointer);
  const read = flowHeaders.safeParse(inDigits(parsed.value));
  return read.success ? { kind: 'ok', headers: read.data } : unreadableFor(read.error);
};

const unreadableFor = ({ issues: [issue] }: z.ZodError): ReadFlowHeaders =>
  unreadable(issue?.message ?? 'they are no flow headers', pointerOf(issue?.path ?? []));

const unreadable = (detail: string, pointer: string): ReadFlowHeaders => ({
  kind: 'unreadable',
  detail,
  pointer,
});

const fields = z.record(z.string(), z.unknown());

const inDigits = (value: unknown): unknown => {
  const { data } = fields.safeParse(value);
  if (data === undefined) return value;
  const given = Object.entries(data).filter(([, field]) => field !== null);
  return Object.fromEntries(
    given.map(([name, field]) => [name, typeof field === 'bigint' ? field.toString() : field]),
  );
};

const INTEGERS = ['sourceApplicationId', 'integrationId', 'instanceId', 'configurationId'] as const;

/** As they travel. */
export const flowHeadersJson = (headers: FlowHeaders): string => {
  const integers = INTEGERS.flatMap((name) => {
    const digits = headers[name];
    return digits === undefined ? [] : [[name, BigInt(digits)] as const];
  });
  return exactJson({ ...headers, ...Object.fromEntries(integers) });
};
