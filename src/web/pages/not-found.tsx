import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { Empty } from '../components/empty.tsx';
import { Page } from '../components/page.tsx';
import { useLanguage } from '../i18n/language.tsx';

export function NotFoundPage() {
  const { t } = useLanguage();
  return (
    <Page title={t('notFound.title')}>
      <Empty icon="alert" title={t('notFound.text')}>
        <Anchor component={Link} to="/">
          {t('overview.title')}
        </Anchor>
      </Empty>
    </Page>
  );
}
