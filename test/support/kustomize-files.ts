// kustomize/ as kubectl would put it together: as much of that as our own files use.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

export const KUSTOMIZE = fileURLToPath(new URL('../../kustomize', import.meta.url));

const texts = z.array(z.string());
const pairs = z.record(z.string(), z.string());
const label = z.strictObject({ pairs, includeTemplates: z.literal(true) });
const generator = z.strictObject({
  name: z.string(),
  behavior: z.literal('merge').optional(),
  literals: texts,
});
const header = {
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  resources: texts.nonempty(),
  labels: z.array(label).length(1),
  configMapGenerator: z.array(generator).length(1),
};
const baseFile = z.strictObject({
  ...header,
  images: z.array(z.strictObject({ name: z.string(), newName: z.string(), newTag: z.string() })).length(1),
});
const overlayFile = z.strictObject({
  ...header,
  namespace: z.string(),
  patches: z.array(
    z.strictObject({ target: z.strictObject({ kind: z.string(), name: z.string() }), patch: z.string() }),
  ),
});
export type OverlayFile = z.output<typeof overlayFile>;

const operations = z.array(
  z.strictObject({ op: z.literal('replace'), path: z.string().startsWith('/'), value: z.string() }),
);

const yamlIn = (path: string): unknown => parse(readFileSync(path, 'utf8'));

export const readBase = () => baseFile.parse(yamlIn(join(KUSTOMIZE, 'base/kustomization.yaml')));

/** Every overlay by `<org>/<env>`. */
export const readOverlays = (): ReadonlyMap<string, OverlayFile> => {
  const files = readdirSync(join(KUSTOMIZE, 'overlays'), { recursive: true, encoding: 'utf8' });
  const found = files.filter((file) => file.endsWith('kustomization.yaml')).sort();
  return new Map(
    found.map((file) => [dirname(file), overlayFile.parse(yamlIn(join(KUSTOMIZE, 'overlays', file)))]),
  );
};

const resource = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
export type Resource = z.output<typeof resource>;

/** The base's resources, each by its file. */
export const readResources = (): ReadonlyMap<string, Resource> =>
  new Map(
    readBase().resources.map((file) => {
      const documents = parseAllDocuments(readFileSync(join(KUSTOMIZE, 'base', file), 'utf8'));
      if (documents.length !== 1) throw new Error(`${file} holds ${documents.length} documents`);
      return [file, resource.parse(documents[0]?.toJS())];
    }),
  );

/** What the config map says: the base's settings, and over them the overlay's. */
export const settingsOf = (overlay: OverlayFile): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [readBase(), overlay].flatMap(({ configMapGenerator: [map] }) =>
      (map?.literals ?? []).map((literal) => {
        const at = literal.indexOf('=');
        return [literal.slice(0, at), literal.slice(at + 1)];
      }),
    ),
  );

/** The resources with the overlay's patches applied. A patch of what is not there throws. */
export const patched = (overlay: OverlayFile): ReadonlyMap<string, unknown> => {
  const resources = new Map<string, unknown>(
    [...readResources().values()].map((one) => [`${one.kind} ${one.metadata.name}`, one]),
  );
  for (const { target, patch } of overlay.patches) {
    const key = `${target.kind} ${target.name}`;
    if (!resources.has(key)) throw new Error(`there is no ${key} to patch`);
    for (const { path, value } of operations.parse(parse(patch)))
      replace(resources.get(key), path.slice(1).split('/'), value);
  }
  return new Map([...resources].map(([key, value]) => [key.split(' ')[0] ?? '', value]));
};

const replace = (root: unknown, path: readonly string[], value: string): void => {
  const [last = '', ...before] = path
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .toReversed();
  const parent = before.toReversed().reduce<unknown>((at, part) => memberOf(at, part), root);
  if (memberOf(parent, last) !== undefined && typeof parent === 'object' && parent !== null)
    Reflect.set(parent, last, value);
};

const memberOf = (parent: unknown, name: string): unknown => {
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, name))
    throw new Error(`there is nothing at ${name} to replace`);
  return Object.getOwnPropertyDescriptor(parent, name)?.value;
};
