import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoints, EventStore } from '../../src/infra/event-store/port.ts';

export type OpenedCheckpoints = {
  readonly store: EventStore;
  readonly checkpoints: Checkpoints;
  /** What another process, or this one after a restart, finds. */
  readonly reopen: () => Promise<Checkpoints>;
  readonly close: () => Promise<void>;
};

const at = (commit: number): string => String(commit).padStart(20, '0') + '0'.repeat(20);

/** What every adapter's checkpoints must do. */
export const checkpointsContract = (name: string, open: () => Promise<OpenedCheckpoints>): void => {
  describe(`checkpoints: ${name}`, () => {
    let opened: OpenedCheckpoints;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('has none for a follower that never stored one', async () => {
      expect(await opened.checkpoints.load('bridge')).toBeUndefined();
    });

    it('finds the last one again', async () => {
      await opened.checkpoints.save('bridge', at(3));
      await opened.checkpoints.save('bridge', at(7));
      expect(await opened.checkpoints.load('bridge')).toBe(at(7));
      expect(await (await opened.reopen()).load('bridge')).toBe(at(7));
    });

    it('never goes back', async () => {
      await opened.checkpoints.save('bridge', at(7));
      await opened.checkpoints.save('bridge', at(3));
      expect(await opened.checkpoints.load('bridge')).toBe(at(7));
      const reopened = await opened.reopen();
      await reopened.save('bridge', at(5));
      expect(await reopened.load('bridge')).toBe(at(7));
    });

    it('keeps followers apart', async () => {
      await opened.checkpoints.save('bridge', at(7));
      await opened.checkpoints.save('redriver', at(2));
      expect(await opened.checkpoints.load('bridge')).toBe(at(7));
      expect(await opened.checkpoints.load('redriver')).toBe(at(2));
    });

    it('is not an event that anybody follows', async () => {
      await opened.checkpoints.save('bridge', at(7));
      expect((await opened.store.readAll({ after: at(0), max: 100 })).events).toEqual([]);
    });

    it('refuses a name no follower has', async () => {
      await expect(opened.checkpoints.save('../bridge', at(1))).rejects.toThrow(RangeError);
    });
  });
};
