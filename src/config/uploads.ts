import { text, wholeNumber, type Setting } from './setting.ts';

interface UploadSettings {
  readonly prefix: Setting<string | null>;
  readonly partMebibytes: Setting<number>;
  readonly maxParts: Setting<number>;
  readonly parallelParts: Setting<number>;
  readonly kibibytesPerSecond: Setting<number>;
}

/** What is the same for every cloud: where in the bucket, and how large things get there. */
export function uploads(environment: string): UploadSettings {
  return {
    prefix: text<string | null>(
      {
        environment: `${environment}_PREFIX`,
        fallback: null,
        fallbackText: 'none',
        help: 'What stands before every name in the bucket',
      },
      `names with '/' between them`,
      (value) => value.split('/').every((name) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)),
    ),
    partMebibytes: wholeNumber(5, 5120, {
      environment: `${environment}_PART_MEBIBYTES`,
      fallback: 16,
      help: 'Size of the parts of an upload; they grow where there would be too many',
    }),
    maxParts: wholeNumber(1, 10_000, {
      environment: `${environment}_MAX_PARTS`,
      fallback: 10_000,
      help: 'Parts that the service allows; some allow 1,000',
    }),
    parallelParts: wholeNumber(1, 64, {
      environment: `${environment}_PARALLEL_PARTS`,
      fallback: 4,
      help: 'Parts that are sent, and held in memory, at the same time',
    }),
    kibibytesPerSecond: wholeNumber(0, 100_000_000, {
      environment: `${environment}_KIBIBYTES_PER_SECOND`,
      fallback: 0,
      help: 'Limit of what is sent; 0 sets none',
    }),
  };
}
