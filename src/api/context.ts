import type { Settings } from '../config.ts';
import type { Logger } from '../log.ts';
import type { createDestinations } from '../service/destinations.ts';
import type { Gate } from '../service/access/login.ts';
import type { OidcLogin } from '../service/access/oidc.ts';
import type { World } from '../service/world.ts';
import type { EventHub } from './events.ts';

/** What every operation works with. */
export interface ApiContext {
  readonly world: World;
  /** As they are now. */
  readonly currentSettings: () => Settings;
  readonly storage: ReturnType<typeof createDestinations>;
  readonly gate: Gate;
  readonly oidc: OidcLogin;
  readonly events: EventHub;
  readonly log: Logger;
}
