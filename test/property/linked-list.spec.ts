import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linkedList } from '../../src/infra/task-queue/linked-list.ts';
import type { Link } from '../../src/infra/task-queue/linked-list.ts';

const step = fc.record({ does: fc.constantFrom('back', 'front', 'remove', 'remove'), at: fc.nat() });

it('a linked list holds what an array holds, also where something is removed a second time', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = linkedList<number>();
      const made: Link<number>[] = [];
      let array: readonly number[] = [];
      steps.forEach(({ does, at }, value) => {
        if (does === 'remove') {
          const link = made[at % Math.max(1, made.length)];
          if (link !== undefined) list.remove(link);
          array = array.filter((one) => one !== link?.value);
        } else {
          made.push(does === 'back' ? list.pushBack(value) : list.pushFront(value));
          array = does === 'back' ? [...array, value] : [value, ...array];
        }
        expect([list.first(), list.size()]).toEqual([array[0], array.length]);
      });
      for (const value of array) {
        expect(list.first()).toBe(value);
        const link = made.find((one) => one.value === value);
        if (link !== undefined) list.remove(link);
      }
      expect([list.first(), list.size()]).toEqual([undefined, 0]);
    }),
  );
});
