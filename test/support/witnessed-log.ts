// A log of some hundred events with signed checkpoints, and what an auditor has of it.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createExecutor } from '../../src/commands/execute.ts';
import { takeCheckpoint } from '../../src/commands/witness/take-checkpoint.ts';
import type { SignedCheckpoint } from '../../src/domain/checkpoint.ts';
import { witnessAggregate } from '../../src/domain/witness/aggregate.ts';
import { makeSigningKey } from '../../src/infra/cli/audit/keygen.ts';
import { systemClock, systemIds } from '../../src/infra/clock/system.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { EventStore, Head } from '../../src/infra/event-store/port.ts';
import { checkpointFiles } from '../../src/infra/witness/checkpoint-files.ts';
import { signingKey } from '../../src/infra/witness/signing-key.ts';
import { anEvent, metadata } from './events.ts';
import { freshDirectory } from './fresh-directory.ts';

const auditor = { kind: 'user', id: 'anna', source: 'http' } as const;
const CATEGORIES = ['saga', 'worker', 'instance'];

/** Appends one event behind the head of a stream. */
export const appendTo = async (store: EventStore, stream: string, head: Head): Promise<Head> => {
  const result = await store.append(stream, head, [anEvent()], metadata());
  if (result.kind !== 'ok') throw new Error(`append ended in ${result.kind}`);
  return result.events[0] ?? NO_STREAM;
};

/** Signs checkpoints of a store, as a server does. @param eventsPerCheckpoint as many as a checkpoint covers at most */
export const witnessing = (store: EventStore, eventsPerCheckpoint?: number) => {
  const keys = makeSigningKey(join(freshDirectory(), 'signing'));
  const deps = { store, clock: systemClock(), ids: systemIds() };
  const most = eventsPerCheckpoint === undefined ? {} : { eventsPerCheckpoint };
  const signer = signingKey({ file: keys.privateKey, dataDir: freshDirectory() });
  const take = takeCheckpoint({ ...deps, signer, witness: createExecutor(deps, witnessAggregate), ...most });
  const sign = async (): Promise<SignedCheckpoint> => {
    const taken = await take({ actor: auditor });
    if (taken.kind !== 'done') throw new Error(`no checkpoint: ${taken.code}`);
    return taken.value;
  };
  return { publicKey: keys.publicKey, keys, sign, signer };
};

export type Written = { readonly stream: string; readonly revision: number; readonly isCovered: boolean };

/** Some streams with some events each, three checkpoints that are published as files, and a few events after them. */
export const witnessedLog = async (store: EventStore, streams: number, rounds: number) => {
  const { sign, publicKey } = witnessing(store);
  const checkpoints = join(freshDirectory(), 'published');
  const publish = checkpointFiles(checkpoints);
  const heads = new Map<string, Head>();
  const names = Array.from({ length: streams }, (_, at) => `${CATEGORIES[at % 3] ?? 'saga'}-${randomUUID()}`);
  const written: Written[] = [];
  const round = async (of: readonly string[], isCovered: boolean): Promise<void> => {
    for (const stream of of) {
      const head = await appendTo(store, stream, heads.get(stream) ?? NO_STREAM);
      heads.set(stream, head);
      written.push({ stream, revision: head.revision, isCovered });
    }
  };
  for (let third = 0; third < 3; third += 1) {
    for (let at = 0; at < rounds; at += 1) await round(third === 0 ? names.slice(0, -3) : names, true);
    const checkpoint = await sign();
    expect(checkpoint.number).toBe(third + 1);
    await publish(checkpoint, AbortSignal.timeout(10_000));
  }
  await round(names.slice(0, 5), false);
  const given: Readonly<Record<string, string>> = { publicKey, checkpoints };
  return { names, written, heads, text: (name: string) => given[name] };
};
