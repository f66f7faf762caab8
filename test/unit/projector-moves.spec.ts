import { describe, expect, it } from 'vitest';
import { moveIn, packedMove } from '../../src/infra/projector/messages.ts';
import { movesOf } from '../../src/infra/projector/moves.ts';
import { positionAt } from '../support/memory-log.ts';

const move = { name: 'sagas', position: positionAt(3), ids: ['a', 'b\n"c'] };

describe('moves of projections', () => {
  it('cross between threads whole where somebody follows them', () => {
    const moves = movesOf();
    moves.onChange('sagas', () => undefined);
    expect(moveIn(packedMove(move), moves)).toEqual(move);
    const all = { ...move, ids: null };
    expect(moveIn(packedMove(all), moves)).toEqual(all);
  });

  it('name no documents where nobody follows them', () => {
    const moves = movesOf();
    const stop = moves.onChange('sagas', () => undefined);
    moves.onChange('workers', () => undefined);
    stop();
    expect(moveIn(packedMove(move), moves)).toEqual({ ...move, ids: null });
  });

  it('say that somebody waits for one, until it has come', async () => {
    let awaited = 0;
    const moves = movesOf(() => (awaited += 1));
    moves.add([{ ...move, position: positionAt(1) }]);
    expect(await moves.reached('sagas', positionAt(1), AbortSignal.timeout(1000))).toBe(true);
    expect([awaited, moves.isAwaited()]).toEqual([0, false]);
    const reached = moves.reached('sagas', positionAt(2), AbortSignal.timeout(1000));
    expect([awaited, moves.isAwaited()]).toEqual([1, true]);
    moves.add([move]);
    expect(await reached).toBe(true);
    expect(moves.isAwaited()).toBe(false);
  });

  it('say also of who does not wait that they wanted one', async () => {
    let awaited = 0;
    const moves = movesOf(() => (awaited += 1));
    expect(await moves.reached('sagas', positionAt(2), AbortSignal.abort())).toBe(false);
    expect([awaited, moves.isAwaited()]).toEqual([1, false]);
  });

  it('are followed as long as somebody listens', () => {
    const moves = movesOf();
    expect(moves.isAnyFollowed()).toBe(false);
    const stop = moves.onChange('sagas', () => undefined);
    expect([moves.isAnyFollowed(), moves.isFollowed('sagas'), moves.isFollowed('workers')]).toEqual([
      true,
      true,
      false,
    ]);
    stop();
    expect(moves.isAnyFollowed()).toBe(false);
  });
});
