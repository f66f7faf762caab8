import type { DeadLetterAggregate } from '../../domain/dead-letter/aggregate.ts';
import type { DeadLetterRejection } from '../../domain/dead-letter/commands.ts';
import type { Ids } from '../../infra/clock/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import type { ExecutorOf } from '../deps.ts';

export type Letters = ExecutorOf<DeadLetterAggregate>;

/** What the commands on letters work with. */
export type LetterDeps = { readonly letters: Letters; readonly keys: Keys; readonly ids: Ids };

export type LetterCode = DeadLetterRejection | 'idempotency_key_reused' | 'too_large';
