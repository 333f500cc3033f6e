import type { ReactNode } from 'react';
import { Table } from '@mantine/core';

interface CellProps {
  /** The heading of its column, said again where a row is a card. */
  readonly label: string;
  readonly end?: boolean;
  /** Stays in one line. */
  readonly whole?: boolean;
  readonly children: ReactNode;
}

/** A cell of a table that becomes a list of cards on a small screen. */
export function Cell({ label, end = false, whole = false, children }: CellProps) {
  return (
    <Table.Td data-label={label} {...(end ? { ta: 'right' as const } : {})}>
      <span {...(whole && { style: { whiteSpace: 'nowrap' } })}>{children}</span>
    </Table.Td>
  );
}
