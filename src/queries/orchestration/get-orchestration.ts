import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import { projectOrchestration } from '../../projections/orchestration/projection.ts';
import type { OrchestrationView } from '../../projections/orchestration/read-model.ts';

const PAGE = 512;

/** One orchestration, folded from its stream; undefined when nothing was ever registered under the name. */
export const getOrchestration =
  (store: Pick<EventStore, 'readStream'>) =>
  async (name: string): Promise<OrchestrationView | undefined> => {
    const stream = orchestrationStream(name);
    let view: OrchestrationView | undefined;
    let from = 0;
    for (;;) {
      const { events, head } = await store.readStream(stream, { from, direction: 'forwards', max: PAGE });
      for (const event of events) view = projectOrchestration(view, event);
      from += events.length;
      if (events.length === 0 || from > head) return view;
    }
  };
