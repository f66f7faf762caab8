import { initialState } from '../../src/domain/orchestration/state.ts';

/** An orchestration of which these services do these steps over HTTP. */
export const serving = (workers: Readonly<Record<string, readonly string[]>>) => ({
  ...initialState,
  workers: new Map(
    Object.entries(workers).map(([service, steps]) => [
      service,
      steps.map((name) => ({ name, objectType: null, transport: 'http' as const })),
    ]),
  ),
});
