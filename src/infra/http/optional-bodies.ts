import { z } from 'zod';

const MARK = 'x-optional-body';

/** Marks the description of a route that validates no body and needs none. */
export const OPTIONAL_BODY = { [MARK]: true } as const;

/** Marks a route's description where an empty body will do: the generator calls every body required. */
export const markOptionalBody = (body: unknown): Readonly<Record<string, true>> =>
  body instanceof z.ZodType && body.safeParse({}).success ? OPTIONAL_BODY : {};

type Paths = Readonly<Record<string, unknown>>;

/** The description with the bodies marked above as they are: not required. */
export const withOptionalBodies = <Document extends { paths?: object | undefined }>(
  document: Document,
): Document => ({
  ...document,
  paths: mapped(document.paths ?? {}, (path) => mapped(path, withOptionalBody)),
});

const operation = z.object({ [MARK]: z.literal(true), requestBody: z.looseObject({}) });

const withOptionalBody = (described: unknown): unknown => {
  const parsed = operation.safeParse(described);
  if (!parsed.success) return described;
  const members = Object.entries(described ?? {}).filter(([name]) => name !== MARK);
  return { ...Object.fromEntries(members), requestBody: { ...parsed.data.requestBody, required: false } };
};

const mapped = (object: unknown, map: (value: unknown) => unknown): Paths =>
  Object.fromEntries(Object.entries(object ?? {}).map(([name, value]) => [name, map(value)]));
