import { Skeleton, Stack, VisuallyHidden } from '@mantine/core';
import { useLanguage } from '../i18n/language.tsx';

/** What stands where an answer will come. */
export function Loading({ rows = 4 }: { readonly rows?: number }) {
  const { t } = useLanguage();
  return (
    <Stack gap="sm" role="status" p="xs">
      <VisuallyHidden>{t('loading')}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={28} radius="sm" width={`${100 - ((row * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}
