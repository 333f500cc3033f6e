import { Group, Text } from '@mantine/core';
import { Copy } from './restore-lines.tsx';

/** A secret that was made, and that nobody can look up later. */
export function ToldOnce({ lead, secret }: { readonly lead: string; readonly secret: string }) {
  return (
    <div className="notice" data-tone="warn" role="alert">
      <Text size="sm">{lead}</Text>
      <Group gap="sm" mt="xs">
        <code className="mono">{secret}</code>
        <Copy text={secret} />
      </Group>
    </div>
  );
}
