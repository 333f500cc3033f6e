import { Group, NativeSelect, Radio, Stack, Textarea, TextInput } from '@mantine/core';
import { formatUtc } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useDatabases } from '../queries.ts';
import { waysOf, wrongPattern, type Wish } from '../restore-wish.ts';

export interface PartProps {
  readonly wish: Wish;
  readonly change: (part: Partial<Wish>) => void;
}

/** Asks which backup is restored, and how much of it. */
export function RestoreSource({ wish, change }: PartProps) {
  return (
    <>
      <Which wish={wish} change={change} />
      {wish.backup === 'latest' && <PointInTime wish={wish} change={change} />}
      <HowMuch wish={wish} change={change} />
    </>
  );
}

function Which({ wish, change }: PartProps) {
  const { t } = useLanguage();
  const databases = useDatabases();
  const names = (databases.data ?? []).map(({ name }) => name);
  return (
    <Group align="flex-end" grow preventGrowOverflow={false}>
      <TextInput
        {...{ label: t('backup.backup'), description: t('restore.backupHelp'), required: true }}
        value={wish.backup}
        onChange={({ currentTarget }) => change({ backup: currentTarget.value.trim() })}
      />
      {wish.backup === 'latest' && names.length > 1 && (
        <NativeSelect
          label={t('backup.database')}
          value={wish.database}
          onChange={({ currentTarget }) => change({ database: currentTarget.value })}
          data={[{ value: '', label: '–' }, ...names]}
        />
      )}
    </Group>
  );
}

/** Typed in the browser's zone; UTC is said beside it, as the logs of an application tell times. */
function PointInTime({ wish: { at }, change }: PartProps) {
  const { t } = useLanguage();
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const help = t('restore.atHelp', { timeZone });
  return (
    <TextInput
      {...{ type: 'datetime-local', step: 1, max: '9999-12-31T23:59:59', maw: 420 }}
      label={t('restore.at')}
      description={at === '' ? help : `${help} · ${formatUtc(new Date(at))}`}
      value={at}
      onChange={({ currentTarget }) => change({ at: currentTarget.value })}
    />
  );
}

const parts = ['all', 'tables'] as const;

function HowMuch({ wish: { part, tables, way }, change }: PartProps) {
  const { t } = useLanguage();
  const wrong = wrongPattern(tables);
  const choose = (chosen: Wish['part']) => {
    const [first = 'fill'] = waysOf(chosen);
    change({ part: chosen, way: waysOf(chosen).includes(way) ? way : first });
  };
  return (
    <>
      <Radio.Group label={t('restore.part')} value={part} onChange={choose}>
        <Stack gap="xs" mt={4}>
          {parts.map((each) => (
            <Radio key={each} value={each} label={t(`restore.part.${each}`)} />
          ))}
        </Stack>
      </Radio.Group>
      {part === 'tables' && (
        <Textarea
          {...{ label: t('restore.tables'), description: t('restore.tablesHelp') }}
          {...{ required: true, rows: 4, spellCheck: false, placeholder: 'public.orders' }}
          error={wrong === undefined ? null : t('restore.tablesWrong', { line: wrong })}
          value={tables}
          onChange={({ currentTarget }) => change({ tables: currentTarget.value })}
        />
      )}
    </>
  );
}
