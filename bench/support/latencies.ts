/** Milliseconds, the same clock in every process of this machine. */
export const wallMs = (): number => performance.timeOrigin + performance.now();

export type Latencies = { readonly p50: number; readonly p99: number; readonly max: number };

/** NaN for no values: nothing was measured. */
export const latenciesOf = (values: readonly number[]): Latencies => {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
};

/** NaN for no values. Of an even number the lower one of the two in the middle: a value that was really seen. */
export const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
