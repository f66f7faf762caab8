import { describe, expect, it } from 'vitest';
import { canonical } from '../../../src/domain/canonical.ts';
import { projections } from '../../../src/projections/all.ts';
import { CannotFold } from '../../../src/projections/stored-form.ts';
import {
  instanceStart,
  intakeLife,
  laterSagaEvents,
  letterEvents,
  registrationEvents,
  sagaStart,
} from '../../support/every-event.ts';
import { laterInstanceEvents } from '../../support/instances.ts';
import { folded, logOf } from '../../support/read-models.ts';
import { replayEnds, replayLife } from '../../support/replays.ts';

const streamOf = (type: string): string =>
  type === 'RegistrationAttempted' ? 'attempt-1' : 'orchestration-tenant';
const histories = [
  ...laterSagaEvents.map((event) => logOf(['saga-1', sagaStart], ['saga-1', event])),
  ...registrationEvents.map((event) => logOf([streamOf(event.type), event])),
  ...letterEvents.map((_, last) =>
    logOf(...letterEvents.slice(0, last + 1).map((event) => ['deadletter-1', event] as const)),
  ),
  ...laterInstanceEvents.map((event) =>
    logOf(...[...instanceStart, event].map((one) => ['instance-7', one] as const)),
  ),
  ...intakeLife.map((_, last) =>
    logOf(...intakeLife.slice(0, last + 1).map((event) => ['intake-1', event] as const)),
  ),
  ...replayLife.map((_, last) =>
    logOf(...replayLife.slice(0, last + 1).map((event) => ['replay-1', event] as const)),
  ),
  ...replayEnds.map((end) =>
    logOf(...[...replayLife.slice(0, 2), end].map((event) => ['replay-1', event] as const)),
  ),
];

describe.each(projections.map((projection) => [projection.spec.name, projection] as const))(
  '%s',
  (_, projection) => {
    it('takes every event of its categories, and makes documents any store can keep', () => {
      for (const events of histories) {
        for (const { body } of folded(projection, events).values()) {
          const text = canonical(body);
          expect(JSON.parse(text)).toEqual(body);
        }
      }
    });

    it('gives its declared fields the declared types', () => {
      const typeOf = (value: unknown): string => (Array.isArray(value) ? 'text[]' : typeof value);
      const names = { string: 'text', object: 'null' } as Readonly<Record<string, string>>;
      const bodies = histories.flatMap((events) => [...folded(projection, events).values()]);
      for (const { body } of bodies) {
        for (const [field, type] of Object.entries(projection.spec.fields)) {
          const found = typeOf(body?.[field]);
          if (body !== null) expect([type, 'null']).toContain(names[found] ?? found);
        }
      }
    });

    it('has indexes over declared fields only', () => {
      const declared = Object.keys(projection.spec.fields);
      expect(declared).toEqual(expect.arrayContaining([...new Set(projection.spec.indexes.flat())]));
    });

    it('blocks what a newer version wrote instead of guessing', () => {
      let refused = 0;
      for (const events of histories) {
        const last = events.at(-1);
        if (last === undefined) continue;
        const newer = { ...last, metadata: { ...last.metadata, schemaVersion: '9.0' } };
        const isOurs = projection.categories.some((category) => last.stream.startsWith(`${category}-`));
        for (const id of isOurs ? projection.keysOf(newer) : []) {
          const before = folded(projection, events.slice(0, -1)).get(id)?.body ?? null;
          expect(() => projection.fold(before, newer, id)).toThrow(CannotFold);
          refused += 1;
        }
      }
      expect(refused).toBeGreaterThan(0);
    });
  },
);
