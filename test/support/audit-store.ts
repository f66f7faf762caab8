import { checkEvents } from '../../src/infra/cli/audit/log-check.ts';
import { auditedEvent } from '../../src/infra/cli/audit/heads.ts';
import type { AuditedEvent } from '../../src/infra/cli/audit/heads.ts';
import { tallyOf } from '../../src/infra/cli/audit/report.ts';
import type { AuditReport } from '../../src/infra/cli/audit/report.ts';
import { SourceDamaged } from '../../src/infra/cli/audit/source.ts';
import { witnessOf } from '../../src/infra/cli/audit/witness.ts';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import { hashOfStored, ZERO_HASH } from '../../src/infra/event-store/hash.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';

const silent = { at: () => undefined, end: () => undefined };
const chain = { zero: ZERO_HASH, hash: hashOfStored };

const audited = (events: readonly StoredEvent[]): readonly AuditedEvent[] =>
  events.map((event) => auditedEvent.parse(event));

/** What the server does between a log and an auditor: where the log is damaged it says so. */
const told = async <Value>(reading: Promise<Value>): Promise<Value> => {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error;
    throw new SourceDamaged(error.stream, error.revision, error.message);
  }
};

async function* streamOf(store: EventStore, name: string): AsyncGenerator<readonly AuditedEvent[]> {
  for (let from = 0; ;) {
    const options = { from, direction: 'forwards', max: 100 } as const;
    const { events, head } = await told(store.readStream(name, options));
    yield audited(events);
    from += events.length;
    if (events.length === 0 || from > head) return;
  }
}

async function* allOf(store: EventStore): AsyncGenerator<readonly AuditedEvent[]> {
  for (let after = START; ;) {
    const slice = await told(store.readAll({ after, max: 500 }));
    yield audited(slice.events);
    if (slice.isEnd) return;
    after = slice.position;
  }
}

/** An audit of everything through the port, as the command line has it through the server. */
export const auditStore = async (
  store: EventStore,
  text: (name: string) => string | undefined,
): Promise<AuditReport> => {
  const tally = tallyOf(silent, () => undefined);
  const source = { stream: (name: string) => streamOf(store, name) };
  const witness = await witnessOf({ text }, source, { kind: 'everything' });
  const heads = await checkEvents(allOf(store), { chain, witness, tally });
  const seen = { scope: 'everything', source: 'server', streams: heads.streams(), head: null } as const;
  return tally.report({ ...seen, ...witness.report() });
};
