import { categoryOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../event-store/port.ts';
import type { EventSelection } from './port.ts';

/** The store can leave out whole categories; the rest is left out by `isSelected`. */
export const categoriesOf = ({
  category,
  stream,
}: EventSelection): { readonly categories?: readonly string[] } => {
  const name = category ?? (stream && categoryOf(stream));
  return name === undefined ? {} : { categories: [name] };
};

export const isSelected = (
  { stream, type, metadata }: StoredEvent,
  { category, stream: name, type: only, correlationId }: EventSelection,
): boolean =>
  (only === undefined || type === only) &&
  (name === undefined || stream === name) &&
  (category === undefined || stream.startsWith(`${category}-`)) &&
  (correlationId === undefined || metadata.correlationId === correlationId);
