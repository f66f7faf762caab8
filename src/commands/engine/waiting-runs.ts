/** Which runs wait for what (a route, a definition), both ways round. */
export const createWaitingRuns = () => {
  const runsOf = new Map<string, Set<string>>();
  const keysOf = new Map<string, readonly string[]>();

  const forget = (key: string, flowId: string): void => {
    const runs = runsOf.get(key);
    runs?.delete(flowId);
    if (runs?.size === 0) runsOf.delete(key);
  };

  /** Replaces everything a run waits for. */
  const set = (flowId: string, keys: readonly string[]): void => {
    const before = keysOf.get(flowId) ?? [];
    if (before.length === 0 && keys.length === 0) return;
    for (const key of before) forget(key, flowId);
    keysOf.delete(flowId);
    if (keys.length > 0) keysOf.set(flowId, keys);
    for (const key of keys) runsOf.set(key, (runsOf.get(key) ?? new Set()).add(flowId));
  };

  return {
    set,
    runs: (key: string): readonly string[] => [...(runsOf.get(key) ?? [])],
    keys: (): readonly string[] => [...runsOf.keys()],
    size: (): number => keysOf.size,
  };
};
export type WaitingRuns = ReturnType<typeof createWaitingRuns>;

/** What a run without a definition waits for. No route looks like it: a step's name is never empty. */
export const definitionKey = (orchName: string): string => `${orchName}/`;
