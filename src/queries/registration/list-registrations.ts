import type { ReadStore } from '../../infra/read-store/port.ts';
import { registration, REGISTRATIONS } from '../../projections/registrations/read-model.ts';
import type { Registration } from '../../projections/registrations/read-model.ts';
import { equal, listOf } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';

export type RegistrationFilter = {
  readonly orchName?: string | undefined;
  readonly service?: string | undefined;
  readonly outcome?: string | undefined;
};

/** The audit of registrations. */
export const listRegistrations =
  (store: ReadStore) =>
  (filter: RegistrationFilter, page: PageRequest): Promise<ListPage<Registration>> => {
    const where = [
      ...equal('orchName', filter.orchName),
      ...equal('service', filter.service),
      ...equal('outcome', filter.outcome),
    ];
    return listOf(store, REGISTRATIONS, { ...page, where }, (body) => registration.parse(body));
  };
