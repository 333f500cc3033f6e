/** What OSS answers when it refuses. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message = 'made by the test server') {
    super(message);
    this.status = status;
    this.code = code;
  }
}
