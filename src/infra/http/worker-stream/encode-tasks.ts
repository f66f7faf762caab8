import type { WorkerTask } from '../../../commands/task/worker-task.ts';
import type { Frame } from '../../session/port.ts';
import { MOST_TASKS_IN_FRAME } from './frames.ts';

/** A frame grows no further; a single task may be larger. */
const FRAME_LENGTH = 1024 * 1024;

/** Tasks as frames: as few as there can be of at most 100 tasks and about 1 MiB. */
export const encodeTasks = (tasks: readonly WorkerTask[]): readonly Frame[] => {
  const frames: Frame[] = [];
  let texts: string[] = [];
  let length = 0;
  const end = (): void => {
    if (texts.length > 0) frames.push({ type: 'tasks', members: `"tasks":[${texts.join(',')}]` });
    texts = [];
    length = 0;
  };
  for (const task of tasks) {
    const text = JSON.stringify(task);
    if (texts.length === MOST_TASKS_IN_FRAME || length + text.length > FRAME_LENGTH) end();
    texts.push(text);
    length += text.length;
  }
  end();
  return frames;
};
