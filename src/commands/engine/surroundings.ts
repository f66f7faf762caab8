import { createDirectory } from '../task/directory.ts';
import { progressBoard } from '../task/progress-board.ts';
import { createAtRest } from './at-rest.ts';

/** What one process knows of workers and runs, whichever of its parts follows the log. */
export const createSurroundings = () => ({
  directory: createDirectory(),
  progress: progressBoard(),
  atRest: createAtRest(),
});
export type Surroundings = ReturnType<typeof createSurroundings>;
