/** What zod, valibot, arktype and others have in common (standardschema.dev, version 1): all that is needed here. */
export type StandardSchema<Output> = {
  readonly '~standard': {
    readonly version: 1;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly output: Output } | undefined;
  };
};

type StandardResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

export type Checked<Output> =
  { readonly kind: 'ok'; readonly value: Output } | { readonly kind: 'flawed'; readonly detail: string };

export const checked = async <Output>(
  schema: StandardSchema<Output>,
  value: unknown,
): Promise<Checked<Output>> => {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return { kind: 'ok', value: result.value };
  return { kind: 'flawed', detail: result.issues.map(lineOf).join('; ') };
};

const lineOf = ({ message, path = [] }: Issue): string => {
  const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('/');
  return place === '' ? message : `${place}: ${message}`;
};
