/** What doctor and the warnings about settings say. */
export const en = {
  'check.settings': 'settings',
  'check.alerts': 'alerts',
  'check.channel': "channel '{channel}'",
  'check.program': 'program {program}',
  'check.serverPrograms': 'PostgreSQL server programs',
  'check.stateDirectory': 'state directory',
  'check.location': 'backup location',
  'check.freeSpace': 'free space',
  'check.encryption': 'encryption',
  'check.recoveryKit': 'recovery kit',
  'check.destination': "destination '{destination}'",
  'check.catalog': 'catalog',
  'check.storedKeys': 'stored keys',
  'check.temporal': 'Temporal',
  'check.schedules': 'schedules',
  'check.scratch': 'scratch server',
  'check.database.server': "database '{database}': server",
  'check.database.primary': "database '{database}': primary",
  'check.database.dumpProgram': "database '{database}': pg_dump",
  'check.database.privileges': "database '{database}': privileges",
  'check.database.rowSecurity': "database '{database}': row security",
  'check.database.subscriptions': "database '{database}': subscriptions",
  'check.database.lockTable': "database '{database}': lock table",
  'check.database.clock': "database '{database}': clock",
  'check.database.pooler': "database '{database}': pooler",
  'check.database.others': "database '{database}': other databases",
  'check.database.extensions': "database '{database}': extensions",

  'warning.urlWins': "DATABASE_URL wins over 'databases' in the settings file",
  'warning.idleCounts':
    "the counts of 'retention.{place}' change nothing: '{days}' is 0, which keeps all for ever",
  'warning.openEndpoint':
    "destination '{destination}' is reached by http://: backups go there unencrypted",
  'warning.unusedName': "'{name}' is no setting: did you mean '{near}'?",

  'settings.read': '{what, }',
  'settings.file': "'{file}'",
  'settings.noFile': 'no settings file',
  'settings.sample': 'no database is named: an embedded sample is protected',
  'settings.databases': '{count} {count|database|databases}',
  'settings.warned': '{warnings; }',
  'settings.warned.hint': "'pma-backup config show' lists every setting",

  'alerts.nobody': 'nobody is told when something goes wrong',
  'alerts.nobody.hint':
    'set ALERT_WEBHOOK_URL or ALERT_SMTP_URL, or list channels in the settings file',
  'alerts.channels': 'alarms go to {channels}; --alerts sends each a test message',
  'alerts.tried': '{type} took a test message',

  'program.found': '{version} ({path})',
  'program.version': '{version}',
  'program.there': 'there',

  'directory.writable': "'{directory}' is writable",
  'directory.notWritable': "'{directory}' is not writable",
  'directory.notWritableFor': "'{directory}' is not writable ({why})",
  'directory.notWritable.hint': 'give it to the user that runs us (id {user}), or set another one',
  'space.free': "{free} free at '{directory}', a backup of the biggest database may need {needed}",
  'space.small.hint': 'free some space, or move the directory to a bigger disk',
  'space.soon.hint': 'free some space before the database grows',

  'encryption.off': 'off: artifacts are stored as they are',
  'encryption.passphrase': 'with a passphrase',
  'encryption.elsewhere': 'for {readers}; the private key is kept elsewhere on purpose',
  'encryption.noKey':
    'for {readers}; no private key is here: nothing can be restored or test-restored from stored artifacts on this machine',
  'encryption.noKey.hint':
    'is the private key safe, and would you find it without this machine? BACKUP_AGE_IDENTITY_FILE gives it to a worker that restores',
  'encryption.otherKey':
    'the private key here is that of {own}; artifacts are encrypted for {readers}',
  'encryption.unreadableKey':
    "the private key here cannot be read as one of 'age'; artifacts are encrypted for {readers}",
  'encryption.otherKey.hint':
    'correct BACKUP_AGE_RECIPIENTS or BACKUP_AGE_IDENTITY_FILE: no backup is made like this',
  'encryption.byProgram': "for {readers}, by the program 'age'",
  'encryption.byLibrary': 'for {readers}, by a library: some 70 MB/s',
  'encryption.byLibrary.hint': "install the program 'age': it is ten times as fast",

  'recoveryKit.holds': 'was made, and holds',
  'recoveryKit.none': 'none was made on this machine',
  'recoveryKit.changed':
    'databases, destinations or keys were changed since it was made ({madeAt})',
  'recoveryKit.old': 'it is {days} days old',
  'recoveryKit.nowhereElse': '{stale}; nothing is stored elsewhere',
  'recoveryKit.hint': 'print it, and keep it elsewhere with the keys: pma-backup recovery-kit',

  'destination.kept': "an object was written to bucket '{bucket}', read and deleted",
  'destination.keptFirst':
    "an object was written to bucket '{bucket}', read and deleted; nothing is stored in it yet",
  'destination.otherBytes': "destination '{destination}' gives back other bytes than it was given",
  'destination.otherBytes.hint': 'do not rely on it',

  'catalog.embedded': 'an embedded PostgreSQL is started when it is needed',
  'catalog.answers': '{where} answers',
  'catalog.refuses': '{where}: the role may not create a schema',
  'catalog.refuses.hint': 'make it the owner of the catalog database',

  'storedKeys.later': 'told while the service runs',
  'storedKeys.nothing': 'nothing is stored yet, or by an older version',
  'storedKeys.notEncrypted': 'nothing that is stored is encrypted',
  'storedKeys.here': 'here for all encrypted backups ({count})',
  'storedKeys.elsewhere': 'kept elsewhere on purpose: {key} ({backups} backups)',
  'storedKeys.missing':
    'key not here: without {key} no stored backup that needs it can be restored on this machine ({backups})',
  'storedKeys.missing.hint': 'keep it safe, and give it in {setting} where you restore',
  'key.passphrase': 'the passphrase',
  'key.of': 'the key of {readers}',

  'temporal.embedded': 'an embedded server is started when it is needed',
  'temporal.answers': "{address} answers, namespace '{namespace}'",
  'schedules.later': 'the service makes them when it starts',
  'schedules.there': '{count} are there',
  'schedules.missing': "{count} are missing, such as '{first}'",
  'schedules.missing.hint': 'start the service, which makes them: npm start',

  'scratch.at': '{where}',
  'scratch.throwAway': 'a throw-away server',
  'scratch.throwAwayOf': "a throw-away server of user '{user}'",
  'scratch.answers': '{where}, PostgreSQL {version}, answers',
  'scratch.isSource': "{where} is the server of database '{database}', or a copy of its files",
  'scratch.isSource.hint': 'set VERIFY_DATABASE_URL to another server, or leave it out',
  'scratch.refuses': "{where}: role '{role}' may not create databases and roles",
  'scratch.refuses.hint':
    'VERIFY_DATABASE_URL needs a superuser, or a role with CREATEDB and CREATEROLE',
  'extensions.all': 'the scratch server has all {count} extensions',
  'extensions.missing': 'the scratch server lacks {names}: backups will be unproven',
  'extensions.missing.hint':
    'install the package of the extension on this host, or set VERIFY_DATABASE_URL to a server that has it',

  'server.answers': '{where} answers, PostgreSQL {major}',
  'server.tooOld': '{where} answers, PostgreSQL {major}: supported are {oldest} to {newest}',
  'server.tooOld.hint': 'upgrade the server',
  'server.untried': '{where} answers, PostgreSQL {major}: tried are {oldest} to {newest}',
  'server.untried.hint': 'a newer version of us may support it',
  'primary.is': 'the server is a primary',
  'primary.standby': 'the server is a standby',
  'primary.standby.hint': 'name the primary in the settings',
  'dumpProgram.fits': 'pg_dump {version} fits the server',
  'clock.agrees': 'the clocks agree',
  'clock.ahead': "the server's clock is {seconds} s ahead of ours",
  'clock.behind': "the server's clock is {seconds} s behind ours",
  'clock.hint': 'let both hosts follow a time server (chrony, systemd-timesyncd)',

  'privileges.all': "role '{role}' may read everything",
  'privileges.lacks': "role '{role}' may not read {what, }",
  'privileges.lacksSuch': "role '{role}' may not read {what, }, such as '{first}'",
  'privileges.tables': '{count} {count|table|tables}',
  'privileges.sequences': '{count} {count|sequence|sequences}',
  'privileges.schemas': '{count} {count|schema|schemas}',
  'privileges.largeObjects': '{count} {count|large object|large objects}',
  'privileges.hint': '{lines }',
  'privileges.grants': '{grants}',
  'privileges.more': '(and {count} more)',
  'privileges.readAll':
    'or all at once on PostgreSQL 14 and newer: GRANT pg_read_all_data TO {grantee};',
  'rowSecurity.none': "no rows are hidden from role '{role}'",
  'rowSecurity.hides': "row security hides rows of {names} from role '{role}'",
  'rowSecurity.hidesMore': "row security hides rows of {names} and {more} more from role '{role}'",
  'rowSecurity.hint': 'ALTER ROLE {grantee} BYPASSRLS; or let a superuser make the backups',
  'subscriptions.none': 'no subscription is left out',
  'subscriptions.left':
    '{count} {count|subscription|subscriptions} cannot be dumped by this role: backups will be unproven',
  'subscriptions.left.hint': 'let a superuser make the backups',

  'lockTable.room':
    'a dump may lock {needed} tables and indexes, the server has room for {room} locks',
  'lockTable.hint':
    'set max_locks_per_transaction to {target} or more (now {now}), and restart the server',
  'pooler.none': 'none in between',
  'pooler.session': 'there is one, in session mode',
  'pooler.session.hint': "the server's own port is safer",
  'pooler.transaction':
    'there is one in transaction mode: what a dump sets for its sessions would meet the application',
  'pooler.transaction.hint':
    "name the server's own port in the settings, or a pool in session mode",
  'others.none': 'every database of the server is protected',
  'others.unprotected': 'nobody protects {names} on the same server',
  'others.unprotectedMore': 'nobody protects {names} and {more} more on the same server',
  'others.unprotected.hint':
    "list them under 'databases' in the settings file, if they are worth it",

  'restoring.made': "database '{database}' is made",
  'restoring.filled': "the empty database '{database}' is filled",
  'restoring.replaced':
    "database '{database}' is replaced when the restore is proven, and kept as '{before}'",
  'restoring.allRows': "the rows of all tables in '{database}' are replaced in one transaction",
  'restoring.moduleRows':
    "the rows of the tables of module '{module}' in '{database}' are replaced in one transaction",
  'restoring.rows': "the rows of {tables, } are replaced in '{database}' in one transaction",
  'restoring.rowsAndTables':
    "the rows of {tables, } are replaced and {count} {count|table is|tables are} made in '{database}' in one transaction",
  'restoring.tables': "{count} {count|table is|tables are} made in '{database}' in one transaction",
  'restoring.nothing': "nothing is done in '{database}'",
  'restoring.table': "'{name}'",
  'restoring.moreTables': 'and {count} more',
  'obstacle.noDatabase': "the target has no database '{database}'",
  'obstacle.noDatabase.hint': 'make it with --create',
  'obstacle.noDatabaseForTables.hint': 'make an empty one there',
  'obstacle.notEmpty': "database '{database}' is not empty",
  'obstacle.notEmpty.hint': 'name another one with --create, or replace it with --clean',
  'obstacle.olderServer':
    "the target's server is PostgreSQL {there}, the backup of PostgreSQL {here}",
  'obstacle.olderServer.hint': 'restore on a server that is at least as new',
  'target.noExtension': "extension '{name}' is not installed on the target's server",
  'target.noExtensionVersion':
    "extension '{name}' has no version '{version}' on the target's server, only {others}",
  'scratch.noExtension': "extension '{name}' is not installed on the scratch server",
  'scratch.noExtensionVersion':
    "extension '{name}' has no version '{version}' on the scratch server, only {others}",
  'obstacle.extension.hint': 'install it there first',
  'obstacle.roles': "roles are missing on the target's server: {names}",
  'obstacle.roles.hint': 'make them with --roles, or restore with --no-owner --no-privileges',
  'obstacle.script': 'a plain script is restored as it is, with its owners and grants',
  'obstacle.script.hint':
    'leave out --no-owner and --no-privileges, and make missing roles with --roles',
  'obstacle.incrementalPart': 'an incremental is restored whole',
  'obstacle.scriptPart': 'a plain script cannot be restored in parts',
  'obstacle.part.hint': 'restore it whole with --create, and copy the tables from there',
  'obstacle.noTable': "'{pattern}' matches no table of the backup",
  'obstacle.noTable.hint':
    "'pma-backup show ID --tables' lists them; partitions have their own names",
  'obstacle.thereAlready': "'{database}' has {tables, } already",
  'obstacle.thereAlready.hint': '--clean replaces their rows, in one transaction',
  'obstacle.noRows': 'a schema_only backup has no rows',
  'obstacle.noRows.hint': 'choose one that has',
  'obstacle.lacksTables':
    'the target lacks {tables, }, of which a data_only backup has the rows alone',
  'obstacle.lacksTables.hint': 'restore the schema there first, from a schema_only backup',
} as const;
