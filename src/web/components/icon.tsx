import { shapes, type IconName } from './icon-shapes.ts';

/** A line drawing that only decorates: what it means stands beside it, or in the button's label. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      {...{ width: size, height: size, viewBox: '0 0 24 24', fill: 'none' }}
      {...{ stroke: 'currentColor', strokeWidth: 1.8 }}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={shapes[name]} />
    </svg>
  );
}
