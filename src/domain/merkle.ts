export type Sha256 = (bytes: Uint8Array) => Uint8Array;

export type MerkleTree = {
  /** SHA-256 of nothing for a tree without leaves. */
  readonly root: Uint8Array;
  /** What must be hashed together with a leaf, step by step, to come to the root. */
  readonly proofOf: (index: number) => readonly Uint8Array[];
};

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Leaves and nodes begin differently, so that neither can be taken for the other (RFC 6962). */
export const leafHash = (sha256: Sha256, bytes: Uint8Array): Uint8Array =>
  sha256(Buffer.concat([LEAF, bytes]));

const nodeHash = (sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(Buffer.concat([NODE, left, right]));

/** The tree of RFC 6962 over the hashes of its leaves, in their order. */
export const merkleTree = (sha256: Sha256, leaves: readonly Uint8Array[]): MerkleTree => {
  const levels = [leaves];
  for (let level = leaves; level.length > 1; levels.push(level)) level = levelAbove(sha256, level);
  return {
    root: levels.at(-1)?.[0] ?? sha256(new Uint8Array()),
    proofOf: (index) =>
      levels.flatMap((level, height) => {
        const at = Math.floor(index / 2 ** height);
        return level[at ^ 1] ?? [];
      }),
  };
};

/** In pairs; one that is left over goes up as it is. */
const levelAbove = (sha256: Sha256, level: readonly Uint8Array[]): readonly Uint8Array[] => {
  const above: Uint8Array[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = [level[at], level[at + 1]];
    if (left !== undefined) above.push(right === undefined ? left : nodeHash(sha256, left, right));
  }
  return above;
};

/** A leaf's place in a tree of `size` leaves, and what leads from it to the root. */
export type MerkleProof = {
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
};

/** The root a leaf leads to; undefined where the path has not the length that its place asks for. */
export const rootFrom = (
  sha256: Sha256,
  leaf: Uint8Array,
  { index, size, path }: MerkleProof,
): Uint8Array | undefined => {
  const sides = sidesOf(index, size);
  if (sides?.length !== path.length) return undefined;
  return path.reduce(
    (node, sibling, height) =>
      sides[height] === 'left' ? nodeHash(sha256, node, sibling) : nodeHash(sha256, sibling, node),
    leaf,
  );
};

/** On which side of its sibling a leaf, and what it goes up into, stands at each step. */
const sidesOf = (index: number, size: number): readonly ('left' | 'right')[] | undefined => {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return undefined;
  const sides: ('left' | 'right')[] = [];
  let [at, width] = [index, size];
  for (; width > 1; at = Math.floor(at / 2), width = Math.ceil(width / 2)) {
    if (at % 2 === 1) sides.push('right');
    else if (at + 1 < width) sides.push('left');
  }
  return sides;
};
