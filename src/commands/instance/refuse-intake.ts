import { intakeStream } from '../../domain/intake/aggregate.ts';
import { errorsContext, headersContext } from '../../domain/intake/seal-context.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import { resultOf } from '../executed.ts';
import { errorsContent, headersContent } from './content.ts';
import type { InstanceHandlers } from './handlers.ts';
import type { InstanceDeps } from './instance-deps.ts';
import { intakeIdOf, intakeMetadata } from './intake.ts';

/** Records that a delivery could not be registered, and what its sender is told. Once for each delivery. */
export const refuseIntake =
  (deps: InstanceDeps): InstanceHandlers['refuseIntake'] =>
  async (input, context) => {
    const { keys, intakes } = deps;
    const errors = errorsContent(input.errors);
    if ('kind' in errors) return errors;
    const intakeId = intakeIdOf(deps, context);
    const stream = intakeStream(intakeId);
    const { state, position } = await intakes.load(stream);
    if (state.refusal !== null) return { kind: 'done', value: null, position, replayed: true };
    const keyId = await keys.reserve();
    const [headers, sealedErrors] = await Promise.all([
      keys.seal(keyId, headersContext(intakeId), headersContent(input.headers)),
      keys.seal(keyId, errorsContext(intakeId), errors),
    ]);
    const { sourceApplicationId } = input.headers;
    const category = input.category === undefined ? {} : { category: input.category };
    const refusal = { keyId, headers, errors: sealedErrors, sourceApplicationId, ...category };
    const outcome = await intakes.execute(
      stream,
      { type: 'RefuseIntake', refusal },
      // Not the id of the delivery: that is the one its id was allocated under.
      intakeMetadata(commandIdOf('refuse', intakeId), input.headers, context),
    );
    return resultOf(outcome, () => null);
  };
