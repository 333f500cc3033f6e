import { z } from 'zod';
import { Secret } from '../secret.ts';

/** One setting: where its value comes from, what it may be, and what the documents say about it. */
export interface Setting<T> {
  /** Environment variables that carry it, the preferred one first. */
  readonly environment: readonly string[];
  /** Reads the text of a variable or the value in the file. */
  readonly type: z.ZodType<T>;
  /** In words, for errors and documents: "must be …". */
  readonly allowed: string;
  readonly fallback: T | (() => T);
  /** In words, where the default is worked out. */
  readonly fallbackText?: string;
  readonly help: string;
  readonly secret: boolean;
  /** As text, for people. */
  show(value: T): string;
  /** A path is relative to the file that names it, or to the current directory. */
  readonly isPath: boolean;
}

export interface About<T> {
  readonly environment: string | readonly string[];
  readonly fallback: T | (() => T);
  readonly fallbackText?: string;
  readonly help: string;
}

/** A whole number within limits. */
export function wholeNumber(min: number, max: number, about: About<number>): Setting<number> {
  const written = z.string().trim().regex(/^\d+$/).transform(Number);
  return define(about, {
    type: z.union([z.number(), written]).pipe(z.int().min(min).max(max)),
    allowed: `a whole number from ${min} to ${max}`,
  });
}

export function yesOrNo(about: About<boolean>): Setting<boolean> {
  const written = z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.enum(['true', 'yes', 'on', '1', 'false', 'no', 'off', '0']))
    .transform((text) => ['true', 'yes', 'on', '1'].includes(text));
  return define(about, { type: z.union([z.boolean(), written]), allowed: `'true' or 'false'` });
}

export function oneOf<const T extends string>(
  values: readonly [T, ...T[]],
  about: About<T>,
): Setting<T> {
  return define(about, { type: z.enum(values), allowed: `one of ${values.join(', ')}` });
}

/** Any text that `test` accepts. */
export function text<T extends string | null>(
  about: About<T>,
  allowed = 'a text',
  test: (value: string) => boolean = () => true,
): Setting<T | string> {
  return define<T | string>(about, { type: z.string().trim().min(1).refine(test), allowed });
}

export function filePath<T extends string | null>(about: About<T>): Setting<T | string> {
  return { ...text(about, 'a path'), isPath: true };
}

/** A text that is never shown; its variables also exist with `_FILE`, its name in the file with `File`. */
export function secret(about: Omit<About<null>, 'fallback'>): Setting<Secret | null> {
  return {
    ...define<Secret | null>(
      { ...about, fallback: null },
      {
        type: z
          .string()
          .min(1)
          .transform((value) => new Secret(value)),
        allowed: 'a text (in quotes if it looks like a number)',
      },
    ),
    secret: true,
  };
}

/** A setting of any kind; `show` is needed where a value is more than a plain text, number or the like. */
export function define<T>(
  about: About<T>,
  { type, allowed, show = String }: Pick<Setting<T>, 'type' | 'allowed'> & Partial<Setting<T>>,
): Setting<T> {
  const { environment, ...rest } = about;
  const names = typeof environment === 'string' ? [environment] : environment;
  return { ...rest, environment: names, type, allowed, show, secret: false, isPath: false };
}
