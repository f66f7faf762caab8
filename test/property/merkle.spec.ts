import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byName, headsTree, hex, leafOf } from '../../src/domain/checkpoint.ts';
import type { CoveredHead } from '../../src/domain/checkpoint.ts';
import { merkleTree, rootFrom } from '../../src/domain/merkle.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
const hexHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hex);
const head: fc.Arbitrary<CoveredHead> = fc.tuple(fc.string(), fc.nat(), hexHash);
const heads = fc
  .uniqueArray(head, { selector: ([name]) => name, minLength: 1, maxLength: 40 })
  .map((list) => list.toSorted(byName));

describe('a tree over heads', () => {
  it('has the root of RFC 6962', () => {
    const of = (...texts: readonly string[]) =>
      hex(
        merkleTree(
          sha256,
          texts.map((text) => sha256(Buffer.from(`\0${text}`))),
        ).root,
      );
    const node = (left: Buffer, right: Buffer) =>
      Buffer.from(sha256(Buffer.concat([Buffer.of(1), left, right])));
    const leaf = (text: string) => Buffer.from(sha256(Buffer.from(`\0${text}`)));
    expect(of()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(of('')).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(leaf) as [Buffer, Buffer, Buffer, Buffer, Buffer];
    expect(of('a', 'b', 'c')).toBe(hex(node(node(a, b), c)));
    expect(of('a', 'b', 'c', 'd', 'e')).toBe(hex(node(node(node(a, b), node(c, d)), e)));
  });

  it('proves every head that is in it', () => {
    fc.assert(
      fc.property(heads, (list) => {
        const tree = headsTree(sha256, list);
        list.forEach((one, index) => {
          const proof = { index, size: list.length, path: tree.proofOf(index) };
          expect(rootFrom(sha256, leafOf(sha256, one), proof)).toEqual(tree.root);
        });
      }),
    );
  });

  it('proves no other head, at no other place', () => {
    fc.assert(
      fc.property(heads, head, fc.nat(), fc.nat(), (list, other, at, elsewhere) => {
        const tree = headsTree(sha256, list);
        const index = at % list.length;
        const one = list[index];
        const path = tree.proofOf(index);
        const place = { index, size: list.length, path };
        fc.pre(one !== undefined && JSON.stringify(other) !== JSON.stringify(one));
        expect(rootFrom(sha256, leafOf(sha256, other), place)).not.toEqual(tree.root);
        const wrong = elsewhere % (list.length + 1);
        fc.pre(wrong !== index);
        expect(rootFrom(sha256, leafOf(sha256, one), { ...place, index: wrong })).not.toEqual(tree.root);
        const longer = { ...place, path: [...path, new Uint8Array(32)] };
        expect(rootFrom(sha256, leafOf(sha256, one), longer)).toBeUndefined();
        for (const nowhere of [-1, -list.length, index + 0.5, Number.NaN])
          expect(rootFrom(sha256, leafOf(sha256, one), { ...place, index: nowhere })).toBeUndefined();
      }),
    );
  });
});
