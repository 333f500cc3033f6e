import { formatMessage } from './format-message.ts';
import { en } from './words/en.ts';

export type WordsKey = keyof typeof en;

/** Every text in one language. */
export type Texts = Readonly<Record<WordsKey, string>>;

/** A part of a text that is a text itself. */
export interface Part {
  readonly key: WordsKey;
  readonly values: Readonly<Record<string, string | number>>;
}

/** What we say, in no language yet: the key of a text, and what fills it; a list of parts is joined as the text says. */
export interface Words {
  readonly key: WordsKey;
  readonly values: Readonly<Record<string, Value>>;
}

type Value = string | number | readonly Part[];

/** The names of what a text is filled with. */
type Filled<T extends string> = T extends `${string}{${infer Inside}}${infer Rest}`
  ? NameIn<Inside> | Filled<Rest>
  : never;
type NameIn<Inside extends string> = Inside extends `${infer Name}|${string}`
  ? Name
  : Inside extends `${infer Name}, `
    ? Name
    : Inside extends `${infer Name}; `
      ? Name
      : Inside extends `${infer Name} `
        ? Name
        : Inside;
type FilledOf<K extends WordsKey> = Filled<(typeof en)[K]>;
type UnfilledKey = { [K in WordsKey]: [FilledOf<K>] extends [never] ? K : never }[WordsKey];

/** Words of that key: the compiler wants a value for each thing that the English text is filled with. */
export function words(key: UnfilledKey): Part;
export function words<K extends WordsKey, V extends Readonly<Record<FilledOf<K>, Value>>>(
  key: K,
  values: V,
): { readonly key: K; readonly values: V };
export function words(key: WordsKey, values: Words['values'] = {}): Words {
  return { key, values };
}

export function inEnglish(said: Words): string {
  return say(en, said);
}

/** The words in the language of these texts. */
export function say(texts: Texts, { key, values }: Words): string {
  const filled = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'object' ? value.map((part) => say(texts, part)) : value,
  ]);
  return formatMessage(
    texts[key],
    Object.fromEntries(filled) as Record<string, string | number | string[]>,
  );
}
