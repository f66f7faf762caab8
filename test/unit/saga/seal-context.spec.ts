import { expect, it } from 'vitest';
import { errorContext, inputContext, resultContext } from '../../../src/domain/saga/seal-context.ts';
import { FLOW } from '../../support/saga-stored.ts';

it('gives every sealed text of a run a context of its own, which never changes', () => {
  const contexts = [
    inputContext(FLOW),
    ...(['do', 'undo'] as const).flatMap((action) => [
      resultContext(FLOW, 'a', action),
      errorContext(FLOW, 'a', action),
    ]),
  ];
  expect(contexts).toEqual([
    `saga/${FLOW}/input`,
    `saga/${FLOW}/result/do/a`,
    `saga/${FLOW}/error/do/a`,
    `saga/${FLOW}/result/undo/a`,
    `saga/${FLOW}/error/undo/a`,
  ]);
});
