/**
 * For servers that live for minutes on the processors of what they are there for, and are restarted cold: the second
 * compiler and the collector's threads would take twice the CPU of what they do in that time.
 */
export const SHORT_LIVED_JAVA = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] as const;
