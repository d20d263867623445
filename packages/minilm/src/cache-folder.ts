import { join } from 'node:path';

/** Where programs of this user keep what they can make anew. */
export function cacheFolder(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'farthing', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'farthing');
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'farthing');
}
