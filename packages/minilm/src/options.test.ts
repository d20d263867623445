import { describe, expect, it } from 'vitest';
import { cacheFolder } from './cache-folder.js';
import { minilm } from './minilm.js';

describe('options', () => {
  it.each([
    [{ threads: 0 }, 'minilm: expected `threads` to be an integer from 1 to 64, got 0 (number).'],
    [{ maxWaiting: 1.5 }, 'minilm: expected `maxWaiting` to be an integer of at least 1, got 1.5 (number).'],
    [{ cacheDir: '' }, "minilm: expected `cacheDir` to be a path that is not empty, got '' (string)."],
    [{ engine: 'gpu' }, "minilm: expected `engine` to be 'auto', 'onnx' or 'wasm', got 'gpu' (string)."],
    [{ onWarning: null }, 'minilm: expected `onWarning` to be a function, got null.'],
    [
      { cachedir: '/tmp' },
      'minilm: expected known options only (cacheDir, threads, maxWaiting, engine, onWarning), got cachedir.',
    ],
  ])('%j is refused in plain words', (options, message) => {
    // As from JavaScript, where no type stands in the way.
    expect(() => minilm(options as never)).toThrow(new TypeError(message));
  });

  it('keeps the model where the system keeps what can be made anew', () => {
    const found = [
      cacheFolder('linux', {}, '/home/ann'),
      cacheFolder('linux', { XDG_CACHE_HOME: '/cache' }, '/home/ann'),
      cacheFolder('darwin', {}, '/Users/ann'),
      cacheFolder('win32', { LOCALAPPDATA: 'C:/Local' }, 'C:/Users/ann'),
    ];
    expect(found.map((path) => path.replaceAll('\\', '/'))).toEqual([
      '/home/ann/.cache/farthing',
      '/cache/farthing',
      '/Users/ann/Library/Caches/farthing',
      'C:/Local/farthing/Cache',
    ]);
  });
});
