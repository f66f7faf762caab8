import { Agent, request } from 'node:http';

/** POSTs JSON over connections that stay open; rejects on any status but 200. */
export const keepAlive = (address: string, connections: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return (path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers } };
      const sent = request(address + path, options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${path} answered ${String(response.statusCode)}: ${text}`));
        });
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
};
