// Dead letters over the embedded log and keys: parking, steering, redriving, started and stopped as a test likes.
import { onTestFinished, vi } from 'vitest';
import type { CallContext } from '../../src/commands/context.ts';
import type { Poison } from '../../src/commands/dead-letter/cause.ts';
import type { CheckRecord } from '../../src/commands/dead-letter/edit-letter.ts';
import { letterCommands } from '../../src/commands/dead-letter/letter-commands.ts';
import { openSequences } from '../../src/commands/dead-letter/open-sequences.ts';
import { parkLetter } from '../../src/commands/dead-letter/park-letter.ts';
import { createRedriver } from '../../src/commands/dead-letter/redriver.ts';
import type { HandleRecord } from '../../src/commands/dead-letter/record-outcome.ts';
import { commandIdOf } from '../../src/commands/deterministic-ids.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { deadLetterAggregate, letterStream } from '../../src/domain/dead-letter/aggregate.ts';
import { systemClock, systemIds } from '../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';
import type { InRecord } from '../../src/infra/message-bus/port.ts';
import { freshDirectory } from './fresh-directory.ts';

export const TOPIC = 'orchestrator.response.result';
export const context: CallContext = { actor: { kind: 'user', id: 'erik', source: 'http' } };
const broken: Poison = { kind: 'poison', code: 'malformed_json', detail: 'the value is not JSON' };
const noCheck: CheckRecord = () => undefined;

export const recordOf = (offset: number, some: Partial<InRecord> = {}): InRecord => ({
  topic: TOPIC,
  partition: 0,
  offset: String(offset),
  timestamp: Date.UTC(2026, 0, 1),
  key: Buffer.from('key-1'),
  value: Buffer.from(`value ${String(offset)}`),
  headers: [['flowId', Buffer.from('f')]],
  ...some,
});

export const letterWorld = async ({ check = noCheck }: { readonly check?: CheckRecord } = {}) => {
  const dataDir = freshDirectory();
  const store = await embeddedEventStore({ dataDir });
  const keys = await embeddedKeys({ dataDir, masterKey: Buffer.alloc(32, 5) });
  onTestFinished(async () => {
    await store.close();
    await keys.close();
  });
  const clock = systemClock();
  // Each redriver stands for a process of its own.
  const base = {
    store,
    keys,
    clock,
    random: { next: () => 0 },
    ids: systemIds(),
    bus: { id: 'bus-1' },
    check,
    isShared: true,
  };
  const executor = () => createExecutor(base, deadLetterAggregate);
  const deps = { ...base, letters: executor() };
  const freshSequences = () => openSequences({ store, keys, onUnreadable: fail });
  const sequences = await freshSequences();
  const park = parkLetter({ ...deps, sequences });

  const redriver = (handle: HandleRecord, own: Partial<Pick<typeof base, 'store' | 'clock'>> = {}) => {
    const troubles: unknown[] = [];
    const abort = new AbortController();
    const onTrouble = (_letterId: string, error: unknown) => troubles.push(error);
    const parts = { ...base, ...own };
    const letters = createExecutor(parts, deadLetterAggregate);
    const made = createRedriver({ ...parts, letters, handle, onTrouble });
    const running = made.run(abort.signal);
    const stop = async (): Promise<void> => {
      abort.abort();
      await running;
    };
    onTestFinished(stop);
    return { ...made, stop, troubles };
  };
  const historyOf = async (letterId: string): Promise<readonly StoredEvent[]> =>
    (await store.readStream(letterStream(letterId), { from: 0, direction: 'forwards', max: 100 })).events;
  const typesOf = async (letterId: string) => (await historyOf(letterId)).map(({ type }) => type);
  return {
    ...deps,
    dataDir,
    sequences,
    freshSequences,
    park,
    /** Parks a record and gives back its letter. */
    parked: async (record: InRecord, behind: string | null = null, poison = broken): Promise<string> => {
      const result = await park({ record, commandId: commandIdOf(TOPIC, record.offset), poison, behind });
      if (result.kind !== 'done') throw new Error(result.detail);
      return result.value.letterId;
    },
    commands: letterCommands(deps),
    redriver,
    historyOf,
    typesOf,
    /** Waits until the letter's last event is of this type. */
    ends: (letterId: string, type: string) =>
      vi.waitFor(async () => {
        const types = await typesOf(letterId);
        if (types.at(-1) !== type) throw new Error(`still ${types.join(', ')}`);
      }, WAIT),
  };
};

const WAIT = { timeout: 10_000, interval: 5 };

const fail = (stream: string): never => {
  throw new Error(`${stream} was expected to be readable`);
};
