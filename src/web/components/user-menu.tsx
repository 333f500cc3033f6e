import { ActionIcon, Menu } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { remove } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { keys } from '../queries.ts';
import { useSession } from '../session.tsx';
import { Icon } from './icon.tsx';

/** Who is logged in, and the way out. */
export function UserMenu() {
  const { t } = useLanguage();
  const { user, role } = useSession();
  const client = useQueryClient();
  const logOut = async () => {
    await remove('/session');
    client.clear(); // nothing of him stays for whoever comes next
    await client.refetchQueries({ queryKey: keys.session });
    location.assign('/backup/');
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          {...{ variant: 'subtle', color: 'gray', size: 'lg' }}
          aria-label={t('shell.user')}
        >
          <Icon name="user" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user} · {t(`role.${role}`)}
        </Menu.Label>
        <Menu.Item onClick={() => void logOut()}>{t('shell.logOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
