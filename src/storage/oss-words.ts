/** The text of an element of an answer; empty where there is none. */
export function textOf(element: unknown, name: string): string {
  const found = childOf(element, name);
  return typeof found === 'string' ? found : '';
}

/** All elements of that name: the parser gives one as itself, several as a list. */
export function listOf(element: unknown, name: string): unknown[] {
  const found = childOf(element, name);
  if (found === undefined) return [];
  return Array.isArray(found) ? found : [found];
}

function childOf(element: unknown, name: string): unknown {
  if (typeof element !== 'object' || element === null) return undefined;
  return (element as Record<string, unknown>)[name];
}
