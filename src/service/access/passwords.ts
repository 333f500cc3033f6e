import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { BackupError } from '../../errors.ts';

// OWASP's parameters of 2025: 64 MB and about a tenth of a second each.
const cost = { N: 2 ** 16, r: 8, p: 1 };
const shortest = 10;
const longest = 200;

/** `scrypt$N$r$p$salt$hash`. Throws `usage` for a password that is too short or too long. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < shortest || password.length > longest) {
    throw new BackupError('usage', `a password must have ${shortest} to ${longest} characters`, {
      hint: 'several words that do not belong together are long and easy to keep',
    });
  }
  const salt = randomBytes(16);
  const hash = await derive(password, salt, cost);
  const { N, r, p } = cost;
  return ['scrypt', N, r, p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** Takes as long for a user that does not exist (null) as for one who does: else names could be guessed. */
export async function passwordFits(password: string, stored: string | null): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = (stored ?? (await unknownUser())).split('$');
  const options = { N: Number(N), r: Number(r), p: Number(p) };
  const expected = Buffer.from(hash, 'base64');
  const got = await derive(password.slice(0, longest + 1), Buffer.from(salt, 'base64'), options);
  return timingSafeEqual(expected, got) && stored !== null;
}

/** One that people can type: 20 letters and digits without those that look alike, about 98 bits. */
export function randomPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'; // 31: bytes from 248 on would make some likelier
  const picked: string[] = [];
  while (picked.length < 20) {
    const [byte = 255] = randomBytes(1);
    if (byte < 248) picked.push(letters.charAt(byte % letters.length));
  }
  return (picked.join('').match(/.{5}/g) ?? []).join('-');
}

let unknown: Promise<string> | undefined;
function unknownUser(): Promise<string> {
  return (unknown ??= hashPassword(randomPassword()));
}

// Two at once: a flood of logins must not take all memory and every thread.
const waiting: (() => void)[] = [];
let running = 0;

async function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  if (running >= 2) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await new Promise((resolve, reject) => {
      scrypt(password.normalize('NFKC'), salt, 32, { ...options, maxmem: 2 ** 28 }, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
