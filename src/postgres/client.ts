import pg from 'pg';

/**
 * A client that sends no `options` where none are set: a pooler may refuse the very word. `pg` itself would look into
 * PGOPTIONS then, which the settings read already.
 */
export class Client extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    super(config);
    if (config.options !== undefined) return;
    const { connectionParameters } = this as unknown as {
      readonly connectionParameters: { options: string | undefined }; // missing in its types
    };
    connectionParameters.options = undefined;
  }
}
