/** A path of the server's, behind its own. Resolved against it, a path of two slashes would name another server. */
export const addressOf = ({ origin, pathname }: URL, path: string): URL =>
  new URL(`${origin}${pathname.replace(/\/+$/, '')}${path}`);

/** @throws TypeError for what is no address that a Skald can serve at. */
export const baseOf = (given: string | URL): URL => {
  if (!URL.canParse(String(given))) throw new TypeError('url must be an address, as http://127.0.0.1:8080');
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError(`url must begin with http:// or https://, not ${url.protocol}`);
  if (url.username !== '' || url.password !== '')
    throw new TypeError('url cannot hold a user or a password: use token or tokenProvider');
  return url;
};
