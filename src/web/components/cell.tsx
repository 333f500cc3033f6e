import type { ReactNode } from 'react';
import { Table } from '@mantine/core';

interface CellProps {
  /** The heading of its column, said again where a row is a card. */
  readonly label: string;
  readonly end?: boolean;
  readonly children: ReactNode;
}

/** A cell of a table that becomes a list of cards on a small screen. */
export function Cell({ label, end = false, children }: CellProps) {
  return (
    <Table.Td data-label={label} {...(end ? { ta: 'right' as const } : {})}>
      <span>{children}</span>
    </Table.Td>
  );
}
