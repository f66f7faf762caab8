import type { Answers, Call } from './messages.ts';
import type { ProjectorEngine } from './port.ts';

/** Asks an engine what a call from elsewhere wants. */
export const perform = async (engine: ProjectorEngine, call: Call): Promise<Answers[Call['method']]> => {
  switch (call.method) {
    case 'states':
      return engine.states();
    case 'rebuild':
      return engine.rebuild(call.projection, { acceptChanges: call.acceptChanges });
    case 'verify':
      return engine.verify(call.projection);
    case 'rollback':
      return engine.rollback(call.projection);
    case 'unblock':
      return engine.unblock(call.projection, call.id);
  }
};
