import { useState } from 'react';
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import type { RestorePreview, RestoreRequest } from '../api-client.ts';
import { formatBytes, formatNumber } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ourWords } from '../our-words.ts';
import { Moment } from './moment.tsx';
import { Section } from './page.tsx';

interface RestoreConfirmProps {
  readonly request: RestoreRequest;
  readonly preview: RestorePreview;
  readonly isBusy: boolean;
  readonly onBack: () => void;
  /** With the name of the database that is replaced. */
  readonly onStart: (replaces: string | null) => void;
}

/** Says exactly what will be written where; what replaces something wants its name typed. */
export function RestoreConfirm(props: RestoreConfirmProps) {
  const { request, preview, isBusy, onBack, onStart } = props;
  const { t } = useLanguage();
  const [typed, setTyped] = useState('');
  const { replaces, obstacles } = preview;
  const isSure = replaces === null || typed === replaces.database;
  return (
    <Section title={t('restore.step.confirm')}>
      <Stack>
        <WhatWhere request={request} preview={preview} />
        <Obstacles obstacles={obstacles} />
        {replaces && obstacles.length === 0 && (
          <div className="notice" data-tone="bad">
            <Stack gap="xs">
              <Text fw={600}>
                {replaces.keptAs === null
                  ? t('restore.replacesRows', { database: replaces.database })
                  : t('restore.replaces', { ...replaces, keptAs: replaces.keptAs })}
              </Text>
              <TextInput
                label={t('restore.type', { name: replaces.database })}
                value={typed}
                autoComplete="off"
                onChange={({ currentTarget }) => setTyped(currentTarget.value)}
              />
            </Stack>
          </div>
        )}
        <Group>
          <Button variant="default" onClick={onBack}>
            {t('restore.back')}
          </Button>
          <Button
            {...{ loading: isBusy, disabled: obstacles.length > 0 || !isSure }}
            {...(replaces ? { color: 'red.8' } : {})}
            onClick={() => onStart(replaces?.database ?? null)}
          >
            {t(replaces ? 'restore.doReplace' : 'restore.do')}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}

function WhatWhere({ request, preview }: Pick<RestoreConfirmProps, 'request' | 'preview'>) {
  const { language, t } = useLanguage();
  const { backup, incremental, snapshotAt, target, action, bytes, tables, rows } = preview;
  const amount = {
    tables: formatNumber(tables, language),
    rows: formatNumber(rows, language),
  };
  return (
    <dl className="facts">
      <dt>{t('backup.backup')}</dt>
      <dd className="mono">{incremental === null ? backup : `${backup} + ${incremental}`}</dd>
      <dt>{t('detail.recoveryPoint')}</dt>
      <dd>
        <Moment at={snapshotAt} />
        {request.at !== undefined && (
          <>
            {' '}
            ({t('restore.asked')} <Moment at={request.at} />)
          </>
        )}
      </dd>
      {request.tables && (
        <>
          <dt>{t('restore.tables')}</dt>
          <dd className="mono">{request.tables.join(', ')}</dd>
        </>
      )}
      <dt>{t('restore.target')}</dt>
      <dd className="mono">{target}</dd>
      <dt>{t('restore.there')}</dt>
      <dd>{ourWords(preview.actionWords, action, language)}</dd>
      <dt>{t('restore.writes')}</dt>
      <dd>
        {bytes === null
          ? t('restore.amountOfTables', amount)
          : t('restore.amount', { ...amount, bytes: formatBytes(bytes, language) })}
      </dd>
      {preview.missingRoles.length > 0 && (
        <>
          <dt>{t('restore.missingRoles')}</dt>
          <dd>{preview.missingRoles.join(', ')}</dd>
        </>
      )}
    </dl>
  );
}

function Obstacles({ obstacles }: Pick<RestorePreview, 'obstacles'>) {
  const { language, t } = useLanguage();
  return obstacles.map(({ fact, hint, words }) => (
    <div className="notice" data-tone="warn" role="alert" key={fact}>
      <Text fw={600}>{ourWords(words.fact, fact, language)}</Text>
      <Text size="sm">
        {t('hint')}: {ourWords(words.hint, hint, language)}
      </Text>
    </div>
  ));
}
