import type { IncomingMessage } from 'node:http';
import type { App } from './typed-app.ts';

/** The address a request is for, under `basePath` or not: `''`, or as `/org` or `/beta/org`. */
export const urlWithout = (basePath: string, { url = '/' }: Pick<IncomingMessage, 'url'>): string =>
  basePath !== '' && url.startsWith(`${basePath}/`) ? url.slice(basePath.length) : url;

/** Sends whoever came in under the base path on under it. */
export const useBasePath = (app: App, basePath = ''): void => {
  if (basePath === '') return;
  app.addHook('onSend', (request, reply, payload, done) => {
    const location = reply.getHeader('location');
    const cameUnder = request.originalUrl.startsWith(`${basePath}/`);
    if (cameUnder && typeof location === 'string') reply.header('location', basePath + location);
    done(null, payload);
  });
};
