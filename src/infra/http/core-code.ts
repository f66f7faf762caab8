import type { LetterCode } from '../../commands/dead-letter/letters.ts';
import type { InstanceCode } from '../../commands/instance/codes.ts';
import type { RetentionCode } from '../../commands/instance/start-retention.ts';
import type { WitnessCode } from '../../commands/witness/take-checkpoint.ts';
import type { ReplayCode } from '../../commands/replay/replay-deps.ts';
import type { RegisterRejection } from '../../commands/orchestration/register.ts';
import type { Unavailable } from '../../commands/result.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { sagaDecider } from '../../domain/saga/decide.ts';

type SagaRejection = Extract<ReturnType<(typeof sagaDecider)['decide']>, Rejection>['code'];
/** Every code that the core refuses with. */
export type CoreCode =
  | RegisterRejection
  | SagaRejection
  | LetterCode
  | InstanceCode
  | RetentionCode
  | WitnessCode
  | ReplayCode
  | Unavailable['code'];
