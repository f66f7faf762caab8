import type { Presence } from './presence.ts';

/** Polls, each noted from its beginning to its end. */
export const attendedPolls =
  <Input extends { readonly service: string }, Tasks>(
    presence: Presence,
    poll: (input: Input, signal: AbortSignal) => Promise<Tasks>,
  ) =>
  async (input: Input, signal: AbortSignal): Promise<Tasks> => {
    const end = presence.polling(input.service);
    try {
      return await poll(input, signal);
    } finally {
      end();
    }
  };
