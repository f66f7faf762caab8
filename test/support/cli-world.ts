import { z } from 'zod';
import { freshDirectory } from './fresh-directory.ts';
import { post, read } from './http-calls.ts';
import { runCli } from './skald-cli.ts';
import { startSkald } from './skald-server.ts';

const started = z.object({ flowId: z.string() });
const polled = z.object({
  tasks: z.array(
    z.object({
      flowId: z.string(),
      orchName: z.string(),
      stepName: z.string(),
      action: z.enum(['DO', 'UNDO']),
      attempt: z.int(),
    }),
  ),
});

export const NOWHERE = '0198f3a0-2222-7abc-8def-00000000dead';

/** A server with the orchestration `trip` (book, then pay), its worker `trip-worker`, and a command line for it. */
export const cliWorld = async (
  steps: readonly string[] = ['book', 'pay'],
  settings: Readonly<Record<string, string>> = {},
) => {
  const dataDir = freshDirectory();
  const server = await startSkald(dataDir, settings);
  const { address } = server;
  const register = (body: object, service: string) =>
    post(
      `${address}/api/orchestration/register`,
      { orchName: 'trip', ...body },
      { 'x-service-name': service },
    );
  const defined = ['book', 'pay'].map((name, index) => ({
    name,
    seq: index + 1,
    objectType: 'thing',
    retry: { backoffMs: 60_000 },
  }));
  await register({ as: 'initiator', type: 'sequential', steps: defined }, 'trip-initiator');
  await register({ as: 'worker', steps: steps.map((name) => ({ name })) }, 'trip-worker');

  const start = async (): Promise<string> =>
    read(await post(`${address}/api/orchestration/execute/trip`, {}), started).flowId;
  /** Takes the next task, whichever it is, and answers it. */
  const work = async (metadata: object = { status: 'SUCCESS' }): Promise<void> => {
    const poll = { service: 'trip-worker', max: 1, waitMs: 10_000 };
    const [task] = read(await post(`${address}/api/v1/tasks/poll`, poll), polled).tasks;
    read(await post(`${address}/api/v1/tasks/responses`, { ...task, metadata }), z.object({}));
  };
  return {
    dataDir,
    server,
    start,
    work,
    /** A run that has ended well. */
    completed: async (): Promise<string> => {
      const flowId = await start();
      await work();
      await work();
      return flowId;
    },
    skald: (...args: readonly string[]) => runCli(args, { SKALD_URL: address, DATA_DIR: dataDir }),
    env: { SKALD_URL: address, DATA_DIR: dataDir },
  };
};
