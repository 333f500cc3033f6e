import {
  isForgotten,
  waitOfAddress,
  waitOfUser,
  type Failures,
} from '../../domain/login-throttle.ts';
import { BackupError } from '../../errors.ts';
import type { World } from '../world.ts';
import { hashSecret, newSessionSecret } from './identity.ts';
import { passwordFits } from './passwords.ts';

export interface LoginRequest {
  readonly user: string;
  readonly password: string;
  readonly address: string;
}

export interface StartedSession {
  /** For the cookie alone. */
  readonly secret: string;
  readonly expiresAt: Date;
}

/** Looks at passwords, the slower the more often they were wrong; one for each server. */
export interface Gate {
  /** Throws `login_failed`, `too_many_attempts`. */
  check(world: Pick<World, 'catalog'>, request: LoginRequest): Promise<void>;
  /** Begins a session after it. Throws the same. */
  logIn(world: Pick<World, 'catalog' | 'settings'>, request: LoginRequest): Promise<StartedSession>;
}

// As many as fit into a few MB: an attacker with more addresses meets the wait of the user.
const mostRemembered = 20_000;

/** A gate that has seen nobody yet; `now` is a clock in milliseconds. */
export function createGate(now: () => number = Date.now): Gate {
  const addresses = new Map<string, Failures>();
  const users = new Map<string, Failures>();
  const check: Gate['check'] = async ({ catalog }, { user, password, address }) => {
    const place = networkOf(address);
    const trusted = addresses.get(place)?.count === 0;
    const wait = Math.max(
      waitOfAddress(addresses.get(place), now()),
      trusted ? 0 : waitOfUser(users.get(user), now()),
    );
    if (wait > 0) throw tooMany(wait);
    // Counted before it is looked at: attempts side by side must not all be the first.
    fail(addresses, place, now());
    fail(users, user, now());
    const known = await catalog.credentials(user);
    if (!(await passwordFits(password, known?.passwordHash ?? null))) throw refused();
    remember(addresses, place, { count: 0, last: now() });
    users.delete(user);
  };
  return {
    check,
    async logIn(world, request) {
      await check(world, request);
      return startSession(world, request.user, request.address);
    },
  };
}

/** Begins a session of a user who has shown who he is. */
export async function startSession(
  { catalog, settings }: Pick<World, 'catalog' | 'settings'>,
  user: string,
  address: string | null,
): Promise<StartedSession> {
  const secret = newSessionSecret();
  const expiresAt = new Date(Date.now() + settings.console.sessionHours * 3_600_000);
  await catalog.startSession({ hash: hashSecret(secret), user, address, expiresAt });
  return { secret, expiresAt };
}

// Of IPv6 the network: its owner has billions of addresses in it.
function networkOf(address: string): string {
  return address.includes(':') && !address.startsWith('::ffff:')
    ? address.split(':').slice(0, 4).join(':')
    : address;
}

function fail(map: Map<string, Failures>, key: string, now: number): void {
  const before = map.get(key);
  const count = before && !isForgotten(before, now) ? before.count : 0;
  remember(map, key, { count: count + 1, last: now });
}

function remember(map: Map<string, Failures>, key: string, failures: Failures): void {
  map.delete(key); // the newest is last
  map.set(key, failures);
  const [oldest] = map.keys();
  if (map.size > mostRemembered && oldest !== undefined) map.delete(oldest);
}

function refused(): BackupError {
  return new BackupError('login_failed', 'user or password is wrong', {
    hint: `'pma-backup users reset NAME' on the server makes a new password`,
  });
}

function tooMany(wait: number): BackupError {
  const seconds = Math.ceil(wait / 1000);
  return new BackupError('too_many_attempts', `too many wrong passwords: wait ${seconds} s`, {
    hint: `'pma-backup users reset NAME' on the server makes a new password at any time`,
  });
}
