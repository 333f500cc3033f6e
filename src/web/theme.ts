import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** Our green: from shade 7 on, white text upon it is readable. */
const pine: MantineColorsTuple = [
  '#eaf7f3',
  '#d3ede5',
  '#a6dccc',
  '#74c9b0',
  '#4ab998',
  '#2fae88',
  '#1f9a76',
  '#0d7559',
  '#0a5f49',
  '#064b39',
];

export const theme = createTheme({
  colors: { pine },
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
});

/** Dimmed text is still read by weak eyes: 4.5:1 at least. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#57606a',
    '--mantine-color-placeholder': '#6b747d',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-body': '#ffffff',
  },
  dark: {
    '--mantine-color-dimmed': '#a9b1ba',
    '--mantine-color-placeholder': '#98a0a9',
    '--mantine-color-error': '#ff8787',
  },
});
