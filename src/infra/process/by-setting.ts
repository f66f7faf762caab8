import { codeOf } from '../disk/error-code.ts';

type Address = { readonly host: string; readonly port: number };
type Server = { readonly listen: (at: Address) => Promise<string> };

/** Does what a setting asks for. What the system refuses is thrown with the setting's name in front. */
export const bySetting = <Result>(setting: string, work: () => Result): Result => {
  try {
    return work();
  } catch (error) {
    throw told(setting, error);
  }
};

/** Serves at the address that these settings name: in the same way. */
export const listen = async (app: Server, at: Address, settings = 'HOST and PORT'): Promise<string> => {
  try {
    return await app.listen(at);
  } catch (error) {
    throw told(settings, error);
  }
};

// The system names a path or an address at best. Errors of ours have no code, and say by themselves what is to be done.
const told = (setting: string, error: unknown): unknown => {
  if (error instanceof Error && codeOf(error) !== undefined) error.message = `${setting}: ${error.message}`;
  return error;
};
