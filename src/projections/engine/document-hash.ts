import { hash } from 'node:crypto';
import { canonical } from '../../domain/canonical.ts';
import type { StoredDocument } from '../../infra/read-store/port.ts';

/** Two documents of one id hold the same exactly when these texts are equal. */
export const documentText = ({ position, body, blocked }: StoredDocument): string =>
  [position, canonical(blocked), canonical(body)].join('\n');

/** Digest of a collection: the sum of its documents' hashes, so that their order does not matter. */
export type CollectionDigest = {
  readonly add: (id: string, text: string) => void;
  /** Lower-case hex, 64 digits. */
  readonly text: () => string;
};

const MODULUS = 1n << 256n;

export const collectionDigest = (): CollectionDigest => {
  let sum = 0n;
  return {
    add: (id, text) => {
      sum = (sum + BigInt(`0x${hash('sha256', `${String(id.length)}:${id}${text}`)}`)) % MODULUS;
    },
    text: () => sum.toString(16).padStart(64, '0'),
  };
};

const METADATA = ['position', 'blocked'] as const;

/** Names of the members that differ; those beside the body in parentheses. */
export const differingFields = (a: StoredDocument, b: StoredDocument): readonly string[] => {
  const [one, other] = [a.body ?? {}, b.body ?? {}];
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  const differing = names.filter((name) => memberText(one, name) !== memberText(other, name));
  const deleted = (a.body === null) === (b.body === null) ? [] : ['(deleted)'];
  const around = METADATA.filter((name) => canonical(a[name]) !== canonical(b[name]));
  return [...differing, ...deleted, ...around.map((name) => `(${name})`)];
};

const memberText = (body: Readonly<Record<string, unknown>>, name: string): string | undefined =>
  Object.hasOwn(body, name) ? canonical(body[name]) : undefined;
