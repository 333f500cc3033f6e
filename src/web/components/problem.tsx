import { Button, Group, Stack, Text } from '@mantine/core';
import { ApiError, type ProblemText } from '../api-client.ts';
import { remedyOf } from '../i18n/remedy.ts';
import { messageOf, useLanguage } from '../i18n/language.tsx';

interface ProblemProps {
  readonly error: Error;
  readonly retry?: () => void;
}

/** What went wrong with what was asked for. */
export function Problem({ error, retry }: ProblemProps) {
  const { message } = error;
  const { code, hint } = error instanceof ApiError ? error : { code: 'internal', hint: null };
  return <Failure {...{ code, message, hint }} {...(retry && { retry })} />;
}

type FailureProps = Omit<ProblemText, 'code'> &
  Pick<ProblemProps, 'retry'> & { readonly code: string };

/** A failure in the reader's language by its code, with what the service itself said beneath. */
export function Failure({ code, message, hint, retry }: FailureProps) {
  const { language, t } = useLanguage();
  const title = messageOf(language, `error.${code}`) ?? t('error.internal');
  const todo = [remedyOf(code, language), hint].filter((part) => part !== null).join(' – ');
  return (
    <div className="notice" data-tone="bad" role="alert">
      <Stack gap={4}>
        <Text fw={600}>{title}</Text>
        <Text size="sm">{message}</Text>
        {todo !== '' && (
          <Text size="sm">
            {t('hint')}: {todo}
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
