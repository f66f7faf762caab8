import type { Frame } from './port.ts';

type Members = { readonly type: string; readonly [member: string]: unknown };

/** A frame as an outlet takes it. */
export const frameOf = ({ type, ...members }: Members): Frame => ({
  type,
  members: JSON.stringify(members).slice(1, -1),
});
