import { nearestName } from '../domain/nearest-name.ts';
import { words, type Part } from '../domain/words.ts';
import { flatten, schema } from './schema.ts';
import type { Environment } from './sources.ts';

/** Variables that begin like ours and are none of ours, probably misspelt: one line each. */
export function unusedNames(environment: Environment): Part[] {
  const ours = flatten(schema).flatMap(([, { environment: names }]) => names);
  return Object.keys(environment)
    .filter((name) => environment[name] && /^(BACKUP|PMA|ALERT)_/.test(name))
    .filter((name) => name !== 'PMA_CONFIG' && !ours.includes(name.replace(/_FILE$/, '')))
    .flatMap((name) => {
      const near = nearestName(name, ours);
      return near === undefined ? [] : [words('warning.unusedName', { name, near })];
    });
}
