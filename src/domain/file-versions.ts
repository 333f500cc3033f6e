/** Which version of each of its files a copy is, by their names; of a place that keeps one of each it is empty. */
export type FileVersions = Readonly<Record<string, string>>;
