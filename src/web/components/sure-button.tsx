import { useState } from 'react';
import { Button } from '@mantine/core';

interface SureButtonProps {
  readonly word: string;
  /** What it says when it was pressed once. */
  readonly sure: string;
  /** What it is done to. */
  readonly what: string;
  readonly isBusy: boolean;
  readonly onSure: () => void;
}

/** Does what cannot be taken back at the second press. */
export function SureButton({ word, sure, what, isBusy, onSure }: SureButtonProps) {
  const [isAsked, setAsked] = useState(false);
  const text = isAsked ? sure : word;
  return (
    <Button
      {...{ size: 'xs', variant: isAsked ? 'filled' : 'default', loading: isBusy }}
      {...(isAsked && { color: 'red.9' })}
      aria-label={`${text}: ${what}`}
      onClick={() => (isAsked ? onSure() : setAsked(true))}
      onBlur={() => setAsked(false)}
    >
      {text}
    </Button>
  );
}
