export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}
