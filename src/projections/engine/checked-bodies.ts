import { canonical } from '../../domain/canonical.ts';
import type { Body, FieldType } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';

/** Refuses a body that cannot be stored where it is made: slower, so only once a write was refused. */
export const checkedBodies = (projection: Projection): Projection => ({
  ...projection,
  fold: (body, event, id) => {
    const folded = projection.fold(body, event, id);
    if (folded !== null) assertStorable(folded, projection.spec, id);
    return folded;
  },
});

const assertStorable = (body: Body, { fields, idPrefix }: Projection['spec'], id: string): void => {
  canonical(body);
  if (idPrefix !== undefined && !id.startsWith(`${String(body[idPrefix])}/`))
    throw new TypeError(`the id does not begin with ${idPrefix}`);
  for (const [name, type] of Object.entries(fields)) {
    const value = body[name] ?? null;
    if (value !== null && !isOf(value, type)) throw new TypeError(`${name} is not of type ${type}`);
  }
};

const isOf = (value: unknown, type: FieldType): boolean => {
  if (type === 'text[]') return Array.isArray(value) && value.every((one) => typeof one === 'string');
  return typeof value === (type === 'text' ? 'string' : type);
};
