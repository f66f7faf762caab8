import { describe, expect, it } from 'vitest';
import { memoryShares } from '../../src/compose-memory.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

describe('shares of memory', () => {
  it('follow what stays in the heap, not the room for young objects beside it', () => {
    // As V8 counts --max-old-space-size=128 on a machine with 16 GiB.
    expect(memoryShares(320 * MIB, 16 * GIB)).toEqual({
      cacheBytes: 8 * MIB,
      tail: { maxBytes: 16 * MIB, maxEvents: 50_000 },
      bodyBytes: 8 * MIB,
    });
  });

  it('do not grow beyond what is of use', () => {
    expect(memoryShares(4288 * MIB, 16 * GIB)).toEqual({
      cacheBytes: 64 * MIB,
      tail: { maxBytes: 32 * MIB, maxEvents: 50_000 },
      bodyBytes: 256 * MIB,
    });
  });

  it('reckon with less room for young objects where there is little memory', () => {
    expect(memoryShares(268 * MIB, 512 * MIB).bodyBytes).toBe(16 * MIB);
  });

  it('leave something where flags say that young objects have less room', () => {
    expect(memoryShares(131 * MIB, 16 * GIB).bodyBytes).toBeGreaterThan(2 * MIB);
  });
});
