import { z } from 'zod';
import { CATEGORY_NAME, EVENT_TYPE, STREAM_NAME } from '../../domain/names.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import { flowId } from '../saga/inputs.ts';
import { timeInput } from '../time-input.ts';

const eventType = z.string().regex(EVENT_TYPE, 'must be an event type, as SagaStarted');
const eventTypes = z.array(eventType).max(50).readonly().default([]);

/** Which events: those that meet every condition. */
export const replayFilterInput = z.strictObject({
  from: timeInput.nullable().default(null),
  to: timeInput.nullable().default(null),
  types: eventTypes,
  excludeTypes: eventTypes,
  categories: z
    .array(z.string().regex(CATEGORY_NAME, 'must be a category, as saga'))
    .max(50)
    .readonly()
    .default([]),
  stream: z.string().regex(STREAM_NAME, 'must be <category>-<id>').nullable().default(null),
  correlationId: z.string().min(1).max(200).nullable().default(null),
  flowId: flowId.nullable().default(null),
});

/** No path, nothing hidden, nothing a topic could not be called. */
const plainName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/, 'must match [A-Za-z0-9][A-Za-z0-9._-]{0,119}');

const replayTargetInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('topic'), name: plainName }),
  z.strictObject({ kind: z.literal('file'), name: plainName }),
  z.strictObject({ kind: z.literal('callback'), url: z.string().min(1).max(2000) }),
  z.strictObject({ kind: z.literal('sink') }),
]);

type Filter = z.output<typeof replayFilterInput>;
type Contradiction = readonly [place: keyof Filter, isThere: boolean, detail: string];

const contradictionsIn = (filter: Filter): readonly Contradiction[] => {
  const { types, excludeTypes, categories } = filter;
  const streams = [filter.stream, filter.flowId && sagaStream(filter.flowId)].filter((one) => one !== null);
  const isOut = (stream: string): boolean => !categories.some((one) => stream.startsWith(`${one}-`));
  const isNoType = types.length > 0 && types.every((type) => excludeTypes.includes(type));
  return [
    ['to', isOver(filter), 'must be later than from'],
    ['stream', new Set(streams).size > 1, 'is not the stream of flowId'],
    ['categories', categories.length > 0 && streams.some(isOut), 'none is that of the stream'],
    ['excludeTypes', isNoType, 'leaves none of types'],
  ];
};

const isOver = ({ from, to }: Filter): boolean => from !== null && to !== null && from >= to;

const which = {
  /** A session that nothing could meet would end well with nothing replayed. */
  filter: replayFilterInput
    .superRefine((filter, context) => {
      for (const [place, isThere, message] of contradictionsIn(filter))
        if (isThere) context.addIssue({ code: 'custom', path: [place], message });
    })
    .default(replayFilterInput.parse({})),
  maxEvents: z.int().min(1).max(1_000_000_000).nullable().default(null),
};

export const previewReplayInput = z.strictObject(which);
export type PreviewReplayInput = z.output<typeof previewReplayInput>;

export const createReplayInput = z.strictObject({
  ...which,
  target: replayTargetInput,
  /** Gaps between events are divided by it; none are kept at 100, nor without it. */
  speed: z.number().min(0.1).max(100).nullable().default(null),
  payloads: z.enum(['sealed', 'opened']).default('sealed'),
  skipErrors: z.boolean().default(true),
});
export type CreateReplayInput = z.output<typeof createReplayInput>;

export const steerReplayInput = z.strictObject({
  reason: z.string().min(1).max(1000).nullable().default(null),
});
export type SteerReplayInput = z.output<typeof steerReplayInput>;

export const replaySessionId = z.uuid().transform((id) => id.toLowerCase());
