import { Button, CopyButton, Text } from '@mantine/core';
import { useLanguage } from '../i18n/language.tsx';
import { Icon } from './icon.tsx';
import { Section } from './page.tsx';

/** What to type to restore a backup without anything of ours. */
export function RestoreLines({ lines }: { readonly lines: readonly string[] }) {
  const { t } = useLanguage();
  if (lines.length === 0) return null;
  const text = lines.join('\n');
  return (
    <Section title={t('byHand.title')} aside={<Copy text={text} />}>
      <Text size="sm" c="dimmed" mb="xs">
        {t('byHand.lead')}
      </Text>
      <pre className="lines" tabIndex={0}>
        {text}
      </pre>
    </Section>
  );
}

/** Puts a text on the clipboard. */
export function Copy({ text }: { readonly text: string }) {
  const { t } = useLanguage();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button
          {...{ variant: 'default', size: 'xs', onClick: copy }}
          leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
        >
          {t(copied ? 'copied' : 'copy')}
        </Button>
      )}
    </CopyButton>
  );
}
