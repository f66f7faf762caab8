import { describe, expect, it } from 'vitest';
import { checkpointSaver } from '../../../src/infra/messaging/out/checkpoint-saver.ts';
import { manualClock } from '../../support/manual-clock.ts';

const at = (number: number): string => String(number).padStart(20, '0') + '0'.repeat(20);
const settled = (): Promise<void> => Promise.resolve();

const setUp = () => {
  const clock = manualClock();
  const saved: string[] = [];
  const troubles: unknown[] = [];
  let isDown = false;
  const checkpoints = {
    load: () => Promise.resolve(undefined),
    save: (_follower: string, position: string) => {
      if (isDown) return Promise.reject(new Error('no log'));
      saved.push(position);
      return Promise.resolve();
    },
  };
  const saver = checkpointSaver({ checkpoints, clock, onTrouble: (error) => troubles.push(error) }, 'bridge');
  return { clock, saver, saved, troubles, down: (down: boolean) => (isDown = down) };
};

describe('moving a checkpoint', () => {
  it('is done at once after a while, and then at most four times a second', async () => {
    const { clock, saver, saved } = setUp();
    await saver.reached(at(1));
    await saver.reached(at(2));
    await saver.reached(at(3));
    expect(saved).toEqual([at(1)]);
    await clock.advance(250, settled);
    expect(saved).toEqual([at(1), at(3)]);
  });

  it('leaves nothing unsaved at the end', async () => {
    const { saver, saved } = setUp();
    await saver.reached(at(1));
    await saver.reached(at(2));
    await saver.end();
    await saver.end();
    expect(saved).toEqual([at(1), at(2)]);
  });

  it('fails with the batch it was to be done with, and is done with the next', async () => {
    const { clock, saver, saved, troubles, down } = setUp();
    down(true);
    await expect(saver.reached(at(1))).rejects.toThrow('no log');
    await saver.reached(at(2));
    await clock.advance(250, settled);
    await settled();
    expect(troubles).toHaveLength(1);
    down(false);
    await clock.advance(250, settled);
    await saver.reached(at(3));
    expect(saved).toEqual([at(3)]);
  });
});
