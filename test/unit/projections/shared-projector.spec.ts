import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/infra/clock/system.ts';
import type { Move } from '../../../src/infra/projector/port.ts';
import { sharedProjector } from '../../../src/infra/projector/shared.ts';
import { logPosition, logReaderOf } from '../../support/read-models.ts';

const quiet = () => {
  const projector = sharedProjector({
    log: logReaderOf([]),
    eventsBetween: () => 0,
    clock: systemClock(),
    mailbox: { ask: () => Promise.resolve(undefined), serve: () => Promise.resolve() },
    look: () => Promise.resolve([]),
    onTrouble: () => undefined,
  });
  onTestFinished(projector.close);
  const heard: Move[] = [];
  projector.onChange('sagas', (move) => heard.push(move));
  return { projector, heard };
};

it('passes on what was made anew without a step forwards, and nothing that comes late', () => {
  const { projector, heard } = quiet();
  const at = (number: number, ids: readonly string[] | null): Move => ({
    ...{ name: 'sagas', position: logPosition(number), ids },
  });
  const [folded, switched, refolded] = [at(7, ['a']), at(7, null), at(7, ['b'])];
  projector.moved([folded]);
  projector.moved([switched]);
  projector.moved([at(6, ['late'])]);
  projector.moved([refolded]);
  expect(heard).toEqual([folded, switched, refolded]);
});
