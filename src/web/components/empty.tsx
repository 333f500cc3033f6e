import type { ReactNode } from 'react';
import { EmptyState } from '@mantine/core';
import type { IconName } from './icon-shapes.ts';
import { Icon } from './icon.tsx';

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}

/** Says that there is nothing, and what to do about it. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <EmptyState
      icon={<Icon name={icon} size={32} />}
      title={title}
      description={children}
      py="lg"
    />
  );
}
