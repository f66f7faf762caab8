import type { TaskSource, TaskSourceInput } from '../task/task-source.ts';
import type { Presence } from './presence.ts';

/** Polls, each noted from its beginning to its end. */
export const attendedPolls =
  <Input extends { readonly service: string }, Rest extends readonly unknown[], Tasks>(
    presence: Presence,
    poll: (input: Input, ...rest: Rest) => Promise<Tasks>,
  ) =>
  async (input: Input, ...rest: Rest): Promise<Tasks> => {
    const end = presence.polling(input.service);
    try {
      return await poll(input, ...rest);
    } finally {
      end();
    }
  };

/** Sources of tasks; while one waits for an offer its service counts as polling. */
export const attendedSources =
  (presence: Presence, open: (input: TaskSourceInput) => TaskSource) =>
  (input: TaskSourceInput): TaskSource => {
    const source = open(input);
    const offered = attendedPolls(presence, source.offered);
    return { ...source, offered: () => offered(input) };
  };
