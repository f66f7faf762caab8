// Preloaded into a process, threads included: its clock is 61 days ahead of the machine's.
const AHEAD_MS = 61 * 86_400_000;

const { timeOrigin } = performance;
Object.defineProperty(performance, 'timeOrigin', { value: timeOrigin + AHEAD_MS });
const now = Date.now.bind(Date);
Date.now = () => now() + AHEAD_MS;
