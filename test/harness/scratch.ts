import { scratchUser } from '../../src/system/os-user.ts';
import { startScratchServer, type ScratchServer } from '../../src/postgres/scratch.ts';

/** A scratch server as small as a test needs it; stop it in `afterAll`. */
export async function startTestScratch(): Promise<ScratchServer> {
  return startScratchServer({ user: scratchUser(), jobs: 2, memory: 128 });
}
