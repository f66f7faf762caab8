import type { Context } from './context.ts';
import type { Follower } from './generations.ts';

/** From here on this generation is the live one, and any of its documents may differ from before. */
export const adopt = ({ live, onMoved }: Context, follower: Follower): void => {
  const { name } = follower.slot;
  live.set(name, follower);
  onMoved([{ name, position: follower.checkpoint, ids: null }]);
};
