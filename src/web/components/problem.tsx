import { Button, Group, Stack, Text } from '@mantine/core';
import { ApiError } from '../api-client.ts';
import { messageOf, useLanguage } from '../i18n/language.tsx';

interface ProblemProps {
  readonly error: Error;
  readonly retry?: () => void;
}

/** What went wrong: in the reader's language by its code, with what the service itself said beneath. */
export function Problem({ error, retry }: ProblemProps) {
  const { language, t } = useLanguage();
  const code = error instanceof ApiError ? error.code : 'internal';
  const hint = error instanceof ApiError ? error.hint : null;
  const title = messageOf(language, `error.${code}`) ?? t('error.internal');
  return (
    <div className="notice" data-tone="bad" role="alert">
      <Stack gap={4}>
        <Text fw={600}>{title}</Text>
        <Text size="sm">{error.message}</Text>
        {hint !== null && (
          <Text size="sm">
            {t('hint')}: {hint}
          </Text>
        )}
        {retry && (
          <Group mt="xs">
            <Button variant="default" size="xs" onClick={retry}>
              {t('retry')}
            </Button>
          </Group>
        )}
      </Stack>
    </div>
  );
}
