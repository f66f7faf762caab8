import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.ts';

const problemsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  const loaded = loadConfig(env);
  return loaded.kind === 'invalid' ? loaded.problems : [];
};

describe('the settings of replay sessions', () => {
  it('name hosts, some of them in the clear', () => {
    const loaded = loadConfig({
      REPLAY_CALLBACK_HOSTS: 'a.example, b.example:8443,http://127.0.0.1:9000,[::1]:8',
    });
    const hosts = ['a.example', 'b.example:8443', 'http://127.0.0.1:9000', '[::1]:8'];
    expect(loaded).toMatchObject({ kind: 'ok', config: { REPLAY_CALLBACK_HOSTS: hosts } });
  });

  it.each([
    'https://a.example',
    'a.example/path',
    '*',
    'a b',
    'http://',
    'ftp://a.example',
    'a.example:99999',
    'u@a',
  ])('do not take %j for a host', (hosts) => {
    expect(problemsOf({ REPLAY_CALLBACK_HOSTS: hosts })).toEqual([
      expect.stringMatching(/^REPLAY_CALLBACK_HOSTS must be host/),
    ]);
  });

  it.each(['./data', './data/replays', 'data', './x/../data'])(
    'keep files out of DATA_DIR: %s',
    (directory) => {
      expect(problemsOf({ REPLAY_DIR: directory })).toEqual([
        expect.stringMatching(/^REPLAY_DIR must be outside DATA_DIR/),
      ]);
    },
  );

  it.each(['./replays', '../elsewhere', '/srv/replays', './data-of-others'])(
    'let files into %s',
    (directory) => {
      expect(problemsOf({ REPLAY_DIR: directory })).toEqual([]);
    },
  );
});
