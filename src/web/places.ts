import type { Permission } from '../domain/access.ts';
import type { IconName } from './components/icon-shapes.ts';
import type { MessageKey } from './i18n/en.ts';

/** One page of the navigation. */
export interface PagePlace {
  readonly path: string;
  readonly name: MessageKey;
  readonly icon: IconName;
  /** What one must be allowed to see it. */
  readonly needs: Permission;
}

const pages: readonly PagePlace[] = [
  { path: '/', name: 'overview.title', icon: 'overview', needs: 'read' },
  { path: '/backups', name: 'backups.title', icon: 'backups', needs: 'read' },
  { path: '/run', name: 'run.title', icon: 'run', needs: 'backup' },
  { path: '/restore', name: 'restore.title', icon: 'restore', needs: 'restore' },
  { path: '/cleanup', name: 'cleanup.title', icon: 'cleanup', needs: 'cleanup' },
  { path: '/schedules', name: 'schedules.title', icon: 'schedules', needs: 'read' },
  { path: '/tests', name: 'tests.title', icon: 'tests', needs: 'read' },
  { path: '/audit', name: 'audit.title', icon: 'audit', needs: 'audit' },
  { path: '/users', name: 'users.title', icon: 'users', needs: 'access' },
  { path: '/settings', name: 'settings.title', icon: 'settings', needs: 'access' },
];

/** The pages for somebody with these permissions. */
export function visiblePages(permissions: readonly Permission[]): readonly PagePlace[] {
  return pages.filter(({ needs }) => permissions.includes(needs));
}
