/** Stands for a service that a worker calls: creating is idempotent under a key. */
export const identityProvider = () => {
  const realmByKey = new Map<string, string>();
  return {
    create: (tenant: string, key: string): string => {
      const realm = realmByKey.get(key) ?? `${tenant}.example`;
      realmByKey.set(key, realm);
      return realm;
    },
    remove: (realm: string): void => {
      for (const [key, made] of realmByKey) if (made === realm) realmByKey.delete(key);
    },
  };
};
