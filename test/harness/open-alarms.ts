import type { Status } from '../../src/service/status.ts';
import type { TestService } from './service.ts';

/** What is wrong by `status`, without what the watch may see of the destinations, which it looks at whenever it likes. */
export async function openAlarms(service: Pick<TestService, 'cli'>): Promise<Status['alarms']> {
  const { alarms } = (await service.cli('status', '--json')).json() as Status;
  return alarms.filter(({ key }) => !key.startsWith('destination:'));
}
