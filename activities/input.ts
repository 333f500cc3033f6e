import { BackupError } from '../src/errors.ts';

/** A workflow is started by hand, too: what was mistyped must be named, not ignored. Throws `usage`. */
export function requireFields(
  input: object,
  fields: Readonly<Record<string, 'string' | 'boolean' | 'number'>>,
): void {
  for (const [name, value] of Object.entries(input)) {
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (type === undefined) {
      throw new BackupError('usage', `unknown field '${name}' in the workflow's input`, {
        hint: `allowed: ${Object.keys(fields).join(', ')}`,
      });
    }
    if (typeof value !== type) {
      throw new BackupError('usage', `field '${name}' of the workflow's input must be a ${type}`, {
        hint: `got ${JSON.stringify(value)}`,
      });
    }
  }
}
