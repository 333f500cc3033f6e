import { useEffect, type ReactNode } from 'react';
import { AppShell, Burger, Container, Group, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, useLocation } from 'react-router';
import { useLanguage } from '../i18n/language.tsx';
import { useLiveRuns } from '../live-runs.ts';
import { visiblePages, type PagePlace } from '../places.ts';
import { useSession } from '../session.tsx';
import { Icon } from './icon.tsx';
import { Preferences } from './preferences.tsx';
import { UserMenu } from './user-menu.tsx';

/** What stands around every page: where one can go, who one is, language and colours. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { t } = useLanguage();
  const [isOpen, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  useLiveRuns();
  useEffect(close, [pathname, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <AppShell.Header>
        <a className="skip-link" href="#main">
          {t('shell.skip')}
        </a>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              {...{ opened: isOpen, onClick: toggle, hiddenFrom: 'sm', size: 'sm' }}
              aria-label={t('shell.menu')}
              aria-expanded={isOpen}
            />
            <Brand />
          </Group>
          <Group gap={4} wrap="nowrap">
            <Preferences />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <Navigation />
      <AppShell.Main id="main">
        <Container size="xl" px={0}>
          {children}
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}

/** Our sign and name. */
export function Brand() {
  return (
    <Group gap={8} wrap="nowrap">
      <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
        <path
          fill="#1f9a76"
          d="M16 2 4 6.500v9c0 7 5 12 12 14.500 7-2.500 12-7.500 12-14.500v-9z"
        />
        <path {...{ fill: 'none', stroke: '#fff', strokeWidth: 3 }} d="m10.500 16 4 4 7.500-8" />
      </svg>
      <Text fw={700} size="lg" style={{ whiteSpace: 'nowrap' }}>
        PMA Backup
      </Text>
    </Group>
  );
}

function Navigation() {
  const { t } = useLanguage();
  const { permissions } = useSession();
  return (
    <AppShell.Navbar p="sm" aria-label={t('shell.navigation')}>
      {visiblePages(permissions).map((place) => (
        <NavigationLink key={place.path} place={place} />
      ))}
    </AppShell.Navbar>
  );
}

function NavigationLink({ place: { path, icon, name } }: { readonly place: PagePlace }) {
  const { t } = useLanguage();
  const { pathname } = useLocation();
  const isHere = path === '/' ? pathname === '/' : pathname.startsWith(path);
  return (
    <NavLink
      {...{ component: Link, to: path, label: t(name), active: isHere }}
      leftSection={<Icon name={icon} />}
      aria-current={isHere ? 'page' : undefined}
      style={{ borderRadius: 'var(--mantine-radius-md)', fontWeight: isHere ? 600 : 400 }}
    />
  );
}
