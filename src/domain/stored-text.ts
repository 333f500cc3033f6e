/** How manifests, proofs and holds are written: JSON that a person can read, too. */
export function storedText(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
