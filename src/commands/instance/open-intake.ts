import { intakeStream } from '../../domain/intake/aggregate.ts';
import { errorsContext, headersContext } from '../../domain/intake/seal-context.ts';
import type { InstanceOpeners } from './handlers.ts';
import { flowHeaders, instanceErrors } from './inputs.ts';
import type { InstanceDeps } from './instance-deps.ts';
import { openJson } from './sealed-json.ts';

/** What the sender of a refused delivery is told; undefined for one that was not refused. */
export const openIntake =
  ({ intakes, keys }: Pick<InstanceDeps, 'intakes' | 'keys'>): InstanceOpeners['openIntake'] =>
  async (intakeId) => {
    const { refusal } = (await intakes.load(intakeStream(intakeId))).state;
    if (refusal === null) return undefined;
    const headersAt = { context: headersContext(intakeId), schema: flowHeaders };
    const errorsAt = { context: errorsContext(intakeId), schema: instanceErrors };
    const headers = await openJson(keys, refusal.headers, headersAt);
    const errors = await openJson(keys, refusal.errors, errorsAt);
    return headers === 'erased' || errors === 'erased' ? 'erased' : { headers, errors };
  };
