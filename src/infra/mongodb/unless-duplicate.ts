import { isDuplicateKey } from './errors.ts';

/** False when the write was refused because another document has the same key: an upsert that lost a race, or an insert. */
export const unlessDuplicate = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
};
