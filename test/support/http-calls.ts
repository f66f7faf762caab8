import type { z } from 'zod';

export type Answered = { readonly status: number; readonly text: string };

type Call = {
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly headers?: Record<string, string>;
};

/** One request; rejects when no whole answer came. */
export const call = async (
  url: string,
  { method = 'GET', body, headers = {} }: Call = {},
): Promise<Answered> => {
  const response = await fetch(url, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, text: await response.text() };
};

export const post = (url: string, body: object, headers: Record<string, string> = {}): Promise<Answered> =>
  call(url, { method: 'POST', body: JSON.stringify(body), headers });

/** The answer's body, which must be of this shape; any status but 200 throws. */
export const read = <Schema extends z.ZodType>(
  { status, text }: Answered,
  schema: Schema,
): z.output<Schema> => {
  if (status !== 200) throw new Error(`expected 200, got ${String(status)}: ${text}`);
  return schema.parse(JSON.parse(text));
};
