import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LogDamaged } from '../errors.ts';
import type { ReadDeps } from './events-of-stream.ts';
import { failureOf } from './failures.ts';
import { IDENTITY_STREAM, newestOwn } from './own-streams.ts';
import { appendMessages } from './requests.ts';

const created = z.strictObject({ logId: z.uuid() });
const TIMEOUT_MS = 2000;

/**
 * The log's identity, made by whoever comes first: the stream must not exist, the loser reads the winner's.
 *
 * @throws StoreUnavailable, LogDamaged, and what the client failed with: then it may be tried again
 */
export const identityOf = async (deps: ReadDeps): Promise<string> => {
  const stream = deps.prefix + IDENTITY_STREAM;
  const found = await newestOwn(deps, IDENTITY_STREAM);
  if (found !== undefined) {
    const { success, data } = created.safeParse(found.data);
    if (!success) throw new LogDamaged(IDENTITY_STREAM, found.revision, 'it holds no identity');
    return data.logId;
  }
  const logId = randomUUID();
  const data = JSON.stringify({ logId });
  const event = { eventId: randomUUID(), type: 'LogCreated', data, metadata: '{}' };
  try {
    await deps.link.append(appendMessages(stream, -1, [event]), TIMEOUT_MS);
  } catch (error) {
    if (failureOf(error) !== 'wrong_version') throw error;
  }
  return identityOf(deps);
};
