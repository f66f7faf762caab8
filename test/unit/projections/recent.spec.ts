import { describe, expect, it } from 'vitest';
import { recentDocuments } from '../../../src/projections/engine/recent.ts';
import { document } from '../../support/read-documents.ts';

const recent = () => recentDocuments({ isOver: (body) => body['isOver'] === true });

describe('documents folded last', () => {
  it('are known as they were kept last', () => {
    const { keep, age, get } = recent();
    keep([document('a', 1, {}), document('b', 1, {})]);
    age();
    keep([document('a', 2, {})]);
    age();
    age();
    expect([get('a')?.position, get('b')?.position]).toEqual([
      document('a', 2, {}).position,
      document('b', 1, {}).position,
    ]);
  });

  it('are known until they have aged twice, over or not', () => {
    const { keep, age, get } = recent();
    const over = document('a', 2, { isOver: true });
    keep([over]);
    age();
    expect(get('a')).toBe(over);
  });

  it('are forgotten once they are over, with what they were before', () => {
    const { keep, age, get } = recent();
    keep([document('a', 1, {}), document('b', 1, {})]);
    age();
    age();
    keep([document('a', 2, { isOver: true }), document('b', 2, null)]);
    age();
    age();
    expect([get('a'), get('b')]).toEqual([undefined, undefined]);
  });

  it('are all forgotten where what was stored is something else', () => {
    const { keep, age, get, forget } = recent();
    keep([document('a', 1, {})]);
    age();
    age();
    keep([document('b', 1, {})]);
    age();
    keep([document('c', 1, {})]);
    forget();
    expect(['a', 'b', 'c'].map(get)).toEqual([undefined, undefined, undefined]);
  });
});
