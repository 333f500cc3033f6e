import { parseArgs } from 'node:util';

const units = { kb: 1e3, mb: 1e6, gb: 1e9 };

/** The options of a command line; a text says what is wrong with it. */
export function parseOptions(argv, measures) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        size: { type: 'string', default: '1GB' },
        rounds: { type: 'string', default: '3' },
        only: { type: 'string', multiple: true, default: measures },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { help: true };
    const size = bytesOf(values.size);
    const rounds = Number(values.rounds);
    if (size === undefined) return `'${values.size}' is no size such as 50MB or 1GB`;
    if (!(Number.isInteger(rounds) && rounds > 0))
      return `'${values.rounds}' is no number of rounds`;
    const unknown = values.only.find((name) => !measures.includes(name));
    if (unknown !== undefined) return `there is no measure '${unknown}'`;
    return { size, rounds, only: values.only };
  } catch (error) {
    return error.message;
  }
}

/** Which options there are. */
export function usage(measures) {
  return [
    'npm run bench -- [--size 1GB] [--rounds 3] [--only <measure>]…',
    `  --size    bytes of the tables (kB, MB, GB are powers of 1000); the other sizes follow it`,
    `  --rounds  how often each measure is repeated, alternating with what it is compared with`,
    `  --only    one of ${measures.join(', ')}; may be given several times`,
  ].join('\n');
}

function bytesOf(text) {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(kB|MB|GB)$/i.exec(text) ?? [];
  const bytes = Number(number) * units[unit?.toLowerCase()];
  return bytes > 0 ? Math.round(bytes) : undefined;
}
