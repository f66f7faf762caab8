import fc from 'fast-check';
import { replayAggregate } from '../../src/domain/replay/aggregate.ts';
import type { ReplayCommand } from '../../src/domain/replay/commands.ts';
import { deciderLaws } from '../support/decider-laws.ts';
import { problemAt, progressAt, replayAt, sessionData } from '../support/replays.ts';

const reason = fc.constantFrom(null, 'because');
const progress = fc.tuple(fc.nat(20), fc.boolean()).map(([commit, isTroubled]) => ({
  ...{ type: 'RecordProgress' as const },
  progress: progressAt(commit, isTroubled ? { failed: 1, problems: [problemAt(commit)] } : {}),
}));

const command: fc.Arbitrary<ReplayCommand> = fc.oneof(
  fc.record({ type: fc.constant('StartReplay' as const), upTo: fc.nat(20).map(replayAt) }),
  fc.record({ type: fc.constant('RecordTotal' as const), total: fc.nat(20) }),
  progress,
  fc.constantFrom('turn' as const, 'gap' as const, 'trouble' as const).map((reason) => ({
    ...{ type: 'RecordWait' as const, wait: { reason, until: null, code: null } },
  })),
  fc.record({ type: fc.constant('PauseReplay' as const), reason }),
  fc.record({ type: fc.constant('ResumeReplay' as const), reason }),
  fc.record({ type: fc.constant('CancelReplay' as const), reason }),
  fc.constant({ type: 'CompleteReplay' as const }),
  fc.constant({ type: 'FailReplay' as const, code: 'integrity', detail: 'the log is damaged' }),
);

const scripts = fc
  .array(command, { maxLength: 15 })
  .map((later) => [{ type: 'CreateReplay' as const, session: sessionData() }, ...later]);

deciderLaws('replay sessions', replayAggregate, { scripts });
