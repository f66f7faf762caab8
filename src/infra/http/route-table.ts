import type { FastifyInstance } from 'fastify';

/** HEAD is answered as GET is, without the body. */
export const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

export type Route = { readonly method: string; readonly url: string; readonly permission: string };

/** Every route of the server: what 405 answers are made from, and what the API description is held against. */
export type RouteTable = {
  /** Without those for HEAD that stand beside one for GET. */
  readonly list: () => readonly Route[];
  /** Methods that the path of a request could have been sent with. */
  readonly methodsOf: (path: string) => readonly string[];
};

/** Notes every route that is added to the app from now on. */
export const recordRoutes = (app: FastifyInstance): RouteTable => {
  const routes: (Route & { readonly pattern: RegExp })[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    const permission = config?.permission ?? '';
    for (const one of [method].flat()) routes.push({ method: one, url, permission, pattern: patternOf(url) });
  });
  return {
    list: () =>
      routes
        .filter(({ method }) => method !== 'HEAD')
        .map(({ method, url, permission }) => ({ method, url, permission })),
    methodsOf: (path) => [
      ...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)),
    ],
  };
};

const patternOf = (url: string): RegExp => {
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/:[A-Za-z]+/g, '[^/]+').replaceAll('*', '.*')}$`);
};
