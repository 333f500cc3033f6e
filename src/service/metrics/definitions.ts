interface Definition {
  readonly help: string;
  readonly labels: readonly string[];
}

const series = ['database', 'kind', 'module'] as const;

/**
 * Every number of ours, by name. Labels are names of the settings and words of ours: their values are as many as
 * databases, modules and destinations, however many backups there are.
 */
export const metrics = {
  pma_backup_info: { help: 'Always 1; the version that answers', labels: ['version'] },
  pma_backup_part_up: {
    help: 'Whether a part answers: `catalog`, `temporal`; without it, its numbers are left out',
    labels: ['part'],
  },
  pma_backup_newest_proven_timestamp_seconds: {
    help: 'Recovery point of the newest proven backup of the whole database',
    labels: ['database'],
  },
  pma_backup_newest_offsite_timestamp_seconds: {
    help: 'Recovery point of the newest that has a good copy in a cloud, too',
    labels: ['database'],
  },
  pma_backup_restore_test_timestamp_seconds: {
    help: 'When a stored copy was last test-restored with success',
    labels: ['database'],
  },
  pma_backup_objective_seconds: {
    help: 'How old these may become by the settings: `proven`, `offsite`, `restoreTest`',
    labels: ['database', 'objective'],
  },
  pma_backup_backups: {
    help: 'Backups that the catalog knows, by state',
    labels: [...series, 'state'],
  },
  pma_backup_running_timestamp_seconds: {
    help: 'Trigger of the oldest backup of a series that is under way',
    labels: series,
  },
  pma_backup_series_proven_timestamp_seconds: {
    help: 'Recovery point of the newest proven backup of a series',
    labels: series,
  },
  pma_backup_series_proof_timestamp_seconds: {
    help: 'When a backup of a series last passed a test restore',
    labels: series,
  },
  pma_backup_last_end_timestamp_seconds: {
    help: 'When the newest backup of a series that has ended did so',
    labels: series,
  },
  pma_backup_last_state: { help: '1 for the state of that backup', labels: [...series, 'state'] },
  pma_backup_artifact_bytes: {
    help: 'Artifact of the newest backup of a series that has one',
    labels: series,
  },
  pma_backup_dump_bytes: { help: 'Its dump before compression', labels: series },
  pma_backup_rows: { help: 'Rows in it', labels: series },
  pma_backup_step_seconds: {
    help: 'Seconds from its trigger until it was `dumped`, `sealed`, `offsite`, `proven`, and in `total`',
    labels: [...series, 'step'],
  },
  pma_backup_copies: {
    help: 'Copies in each destination, by state',
    labels: ['database', 'destination', 'state'],
  },
  pma_backup_stored_bytes: {
    help: 'What the usable ones take',
    labels: ['database', 'destination'],
  },
  pma_backup_alarms: { help: 'Open alarms', labels: ['type', 'severity', 'database'] },
  pma_backup_workers: {
    help: 'Worker processes that asked for work within two minutes',
    labels: [],
  },
  pma_backup_queue_backlog: {
    help: 'Tasks that no worker has taken yet: `workflow`, `activity`',
    labels: ['task'],
  },
  pma_backup_open_runs: { help: 'Runs under way', labels: [] },
  pma_backup_schedule_next_timestamp_seconds: {
    help: 'When a schedule will start its next run',
    labels: ['schedule'],
  },
  pma_backup_schedule_paused: { help: '1 where a schedule is paused', labels: ['schedule'] },
  pma_backup_directory_free_bytes: {
    help: 'What can still be written below a directory of this host: `state`, `backups`',
    labels: ['directory'],
  },
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof metrics;

/** A value for each label of a number. */
export type LabelsOf<N extends MetricName> = Readonly<
  Record<(typeof metrics)[N]['labels'][number], string>
>;
