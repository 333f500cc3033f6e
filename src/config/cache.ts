import { homedir } from 'node:os';
import path from 'node:path';
import type { Environment } from './sources.ts';

/** The user's cache directory, as the XDG specification says; what lies there can be had again. */
export function userCacheDirectory(environment: Environment): string {
  const { XDG_CACHE_HOME } = environment;
  return XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME)
    ? XDG_CACHE_HOME
    : path.join(homedir(), '.cache');
}
