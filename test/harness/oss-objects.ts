import { randomBytes } from 'node:crypto';

export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly headers: Record<string, string>;
  readonly modified: Date;
}

interface Version {
  readonly id: string;
  /** null: a deletion that hides what lies below it. */
  readonly object: StoredObject | null;
}

type Headers = Record<string, string>;

/** The objects of a bucket; from some moment on it may keep their versions, as OSS says it does. */
export class OssObjects {
  /** Newest first. */
  readonly #versions = new Map<string, Version[]>();
  #keepsVersions = false;

  keepVersions(): void {
    this.#keepsVersions = true;
  }

  /** Of what is not hidden. */
  keys(): string[] {
    return [...this.#versions.keys()].filter((key) => this.get(key, null) !== undefined);
  }

  versions(): { key: string; id: string; isMarker: boolean }[] {
    return [...this.#versions].flatMap(([key, versions]) =>
      versions.map(({ id, object }) => ({ key, id, isMarker: object === null })),
    );
  }

  get(key: string, id: string | null): (StoredObject & { readonly about: Headers }) | undefined {
    const versions = this.#versions.get(key) ?? [];
    const found = id === null ? versions[0] : versions.find((version) => version.id === id);
    return found?.object ? { ...found.object, about: this.#idOf(found) } : undefined;
  }

  put(key: string, object: StoredObject): Headers {
    return this.#idOf(this.#add(key, object));
  }

  delete(key: string, id: string | null): Headers {
    if (id === null && this.#keepsVersions) {
      return { 'x-oss-delete-marker': 'true', ...this.#idOf(this.#add(key, null)) };
    }
    const left = (this.#versions.get(key) ?? []).filter((version) => version.id !== (id ?? 'null'));
    if (left.length === 0) this.#versions.delete(key);
    else this.#versions.set(key, left);
    return {};
  }

  #add(key: string, object: StoredObject | null): Version {
    const id = this.#keepsVersions ? randomBytes(16).toString('hex') : 'null';
    const below = (this.#versions.get(key) ?? []).filter((version) => version.id !== id);
    const version = { id, object };
    this.#versions.set(key, [version, ...below]);
    return version;
  }

  #idOf({ id }: Version): Headers {
    return this.#keepsVersions ? { 'x-oss-version-id': id } : {};
  }
}
