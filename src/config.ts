import type { Environment } from './config/sources.ts';

export { describeSettings, settingsTable } from './config/describe.ts';
export { writtenDirectories } from './config/directories.ts';
export { databaseSettings, loadSettings, withModule } from './config/load.ts';
export { requireNoPassword, restoreTarget, shownTarget } from './config/restore-target.ts';
export { cloudDestinations, retentionRules } from './config/retention.ts';
export type { DestinationSettings, OssSettings, S3Settings } from './config/destinations.ts';
export type { Settings } from './config/load.ts';
export type { ChannelSettings } from './config/channels.ts';
export type { DatabaseSettings } from './config/databases.ts';
export type { Environment } from './config/sources.ts';

/** Our environment: the only place that reads it, besides what every child process gets. */
export function processEnvironment(): Environment {
  return process.env;
}
