/**
 * One side of a pattern, `*` stands for any text; what is quoted is taken as it is, a quote in it is doubled. Behind the
 * last quote comes no other: a row of quotes that could be cut in many ways would be tried in all of them, for years.
 */
const side = /(?:[^".]|"(?:[^"]|"")*"(?!"))+/.source;
const whole = new RegExp(`^(?<schema>${side})\\.(?<table>${side})$`, 's');

export interface NamedRelation {
  readonly schema: string;
  readonly name: string;
}

/** Whether a text is `schema.table`, with `*` for any text and double quotes where a name holds a dot, a quote or a star. */
export function isTablePattern(text: string): boolean {
  return whole.test(text);
}

/** Says of a table whether the pattern means it. Names are compared as they are: nothing is folded to small letters. */
export function tableMatcher(pattern: string): (relation: NamedRelation) => boolean {
  const { schema = '', table = '' } = whole.exec(pattern)?.groups ?? {};
  const [schemas, tables] = [toRegExp(schema), toRegExp(table)];
  return (relation) => schemas.test(relation.schema) && tables.test(relation.name);
}

function toRegExp(text: string): RegExp {
  const parts = [...text.matchAll(/"(?<quoted>(?:[^"]|"")*)"|(?<any>\*)|(?<plain>[^"*]+)/gs)];
  const source = parts.map(({ groups }) => {
    if (groups?.['any'] !== undefined) return '.*';
    return escape(groups?.['quoted']?.replaceAll('""', '"') ?? groups?.['plain'] ?? '');
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
