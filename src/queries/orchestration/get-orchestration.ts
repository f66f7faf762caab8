import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import { projectOrchestration } from '../../projections/orchestration/projection.ts';
import type { OrchestrationView } from '../../projections/orchestration/read-model.ts';
import { pagesIn } from '../stream/events-in.ts';

/** One orchestration, folded from its stream; undefined when nothing was ever registered under the name. */
export const getOrchestration =
  (store: Pick<EventStore, 'readStream'>) =>
  async (name: string): Promise<OrchestrationView | undefined> => {
    let view: OrchestrationView | undefined;
    for await (const events of pagesIn(store, orchestrationStream(name)))
      for (const event of events) view = projectOrchestration(view, event);
    return view;
  };
