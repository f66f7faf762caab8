import { z } from 'zod';

export type Schema = { readonly [keyword: string]: unknown };
const schema: z.ZodType<Schema> = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.object({ schema: schema.optional() }));

const operation = z.object({
  summary: z.string(),
  parameters: z
    .array(
      z.object({
        in: z.enum(['path', 'query', 'header']),
        name: z.string(),
        required: z.boolean().default(false),
        schema,
      }),
    )
    .default([])
    // Headers go by the options of a call.
    .transform((all) => all.filter((one) => one.in !== 'header')),
  requestBody: z.object({ required: z.boolean().default(false), content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.optional() })),
});
export type Operation = z.output<typeof operation>;

const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), schema).default({}) }),
});

export type Description = {
  /** By method and path: `GET /livez`. */
  readonly operations: ReadonlyMap<string, Operation>;
  readonly schemas: Readonly<Record<string, Schema>>;
};

/** @throws ZodError for what is no OpenAPI document of the form this project's server makes. */
export const descriptionOf = (value: unknown): Description => {
  const { paths, components } = document.parse(value);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => [`${method.toUpperCase()} ${path}`, each] as const),
  );
  return { operations: new Map(operations), schemas: components.schemas };
};

/** What the operation answers when it succeeds: one schema for each success. */
export const answersOf = ({ responses }: Operation): readonly Schema[] =>
  Object.entries(responses)
    .filter(([status]) => /^2\d\d$/.test(status))
    .flatMap(([, { content: kinds }]) => {
      const found = kinds?.['application/json']?.schema;
      return found === undefined ? [] : [found];
    });
