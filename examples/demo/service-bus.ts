/** A record as a service sends and gets it. */
export type ServiceRecord = {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** The bus as a service uses it. */
export type ServiceBus = {
  /** Resolves once these topics exist: Skald makes them. Rejects when the signal aborts first. */
  readonly there: (topics: readonly string[], deadline: AbortSignal) => Promise<void>;
  /** Resolves once the record is durable. */
  readonly send: (record: ServiceRecord) => Promise<void>;
  /** Reads topics from where the group was, in the beginning from their start. A record counts as read once handled. */
  readonly read: (
    group: string,
    topics: readonly string[],
    handle: (record: ServiceRecord) => Promise<void>,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** `kafka:<host:port,…>` or `embedded:<DATA_DIR>`. What the other one needs is not loaded. */
export const openServiceBus = async (address: string): Promise<ServiceBus> => {
  const where = address.slice(address.indexOf(':') + 1);
  if (address.startsWith('kafka:')) {
    const { kafkaServiceBus } = await import('./kafka-service-bus.ts');
    return kafkaServiceBus(where);
  }
  const { embeddedServiceBus } = await import('./embedded-service-bus.ts');
  return embeddedServiceBus(where);
};
