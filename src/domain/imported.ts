import type { SourceReading } from './source-reading.ts';

/** What is known of the source of an imported file: the time, and no more. */
export function unknownSource(database: string, at: Date): SourceReading {
  return {
    formatVersion: 1,
    fingerprintAlgorithm: 'none',
    snapshotAt: at.toISOString(),
    server: { version: 0, systemIdentifier: null, databaseOid: 0 },
    properties: {
      ...{ name: database, owner: '', encoding: 'UTF8', collate: 'C', ctype: 'C' },
      ...{ localeProvider: 'libc', icuLocale: null, acl: null, connectionLimit: -1 },
      ...{ comment: null, settings: [] },
    },
    ...{ extensions: [], tables: [], sequences: [], largeObjects: { count: 0, hash: '0' } },
    roles: [],
    notCompared: [{ what: 'everything', why: 'what the source held was not written down' }],
    ...{ warnings: [], unknownWarnings: [], tools: { pgDump: 'unknown' } },
  };
}
