import type { Definition } from '../orchestration/events.ts';

type Steps = Definition['steps'];

/** Step names so that each comes after everything it depends on; ties by `seq`. */
export const topologicalOrder = (steps: Steps): readonly string[] => {
  const ordered: string[] = [];
  let left = [...steps].sort((a, b) => a.seq - b.seq);
  while (left.length > 0) {
    const next = left.find((step) => step.dependsOn.every((name) => ordered.includes(name)));
    if (next === undefined) break; // a cycle: refused at registration
    ordered.push(next.name);
    left = left.filter((step) => step !== next);
  }
  return ordered;
};

/** Every step that depends on the given one, directly or through others. */
export const dependentsOf = (steps: Steps, name: string): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (current: string): void => {
    for (const step of steps) {
      if (!step.dependsOn.includes(current) || found.has(step.name)) continue;
      found.add(step.name);
      visit(step.name);
    }
  };
  visit(name);
  return found;
};
