type Stretch = { readonly from: number; readonly to: number };

/** Which steps had nobody registered for them, and for how long: by the log's times, from the registrations alone. */
export const createServices = () => {
  const services = new Map<string, Map<string, ReadonlySet<string>>>();
  const alone = new Map<string, number>();
  const over = new Map<string, readonly Stretch[]>();

  const note = (key: string, isServed: boolean, atMs: number): void => {
    const from = alone.get(key);
    if (!isServed) alone.set(key, from ?? atMs);
    if (!isServed || from === undefined) return;
    over.set(key, [...(over.get(key) ?? []), { from, to: atMs }]);
    alone.delete(key);
  };

  return {
    /** What a service registers replaces what it had registered. */
    registered: (orchName: string, service: string, steps: readonly string[], atMs: number): void => {
      const known = services.get(orchName) ?? new Map<string, ReadonlySet<string>>();
      services.set(orchName, known);
      const before = known.get(service) ?? [];
      known.set(service, new Set(steps));
      for (const step of new Set([...before, ...steps]))
        note(
          `${orchName} ${step}`,
          [...known.values()].some((served) => served.has(step)),
          atMs,
        );
    },
    /** For how long at most nobody was registered, in one stretch that reached beyond `since`. */
    longestAlone: (orchName: string, step: string, since: number, atMs: number): number => {
      const key = `${orchName} ${step}`;
      const stretches = [...(over.get(key) ?? []), { from: alone.get(key) ?? atMs, to: atMs }];
      return Math.max(...stretches.filter(({ to }) => to >= since).map(({ from, to }) => to - from));
    },
  };
};
