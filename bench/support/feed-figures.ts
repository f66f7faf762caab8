/** Milliseconds, the same clock in every process of this machine. */
export const wallMs = (): number => performance.timeOrigin + performance.now();

export const figuresOf = (values: readonly number[]) => {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
};
