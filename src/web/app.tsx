import { Navigate, Route, Routes } from 'react-router';
import type { Session } from './api-client.ts';
import { Loading } from './components/loading.tsx';
import { Problem } from './components/problem.tsx';
import { Shell } from './components/shell.tsx';
import { AuditPage } from './pages/audit.tsx';
import { BackupDetailPage } from './pages/backup-detail.tsx';
import { BackupsPage } from './pages/backups.tsx';
import { ChoosePasswordPage } from './pages/choose-password.tsx';
import { CleanupPage } from './pages/cleanup.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { RestorePage } from './pages/restore.tsx';
import { RunBackupPage } from './pages/run-backup.tsx';
import { SchedulesPage } from './pages/schedules.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { TestsPage } from './pages/tests.tsx';
import { UsersPage } from './pages/users.tsx';
import { SessionContext, useSessionQuery } from './session.tsx';

/** The console: whoever is not logged in gets the page for that first. */
export function App() {
  const { data: session, error, refetch } = useSessionQuery();
  if (error && session === undefined) return <Problem error={error} retry={() => void refetch()} />;
  if (session === undefined) return <Loading />;
  if (session === null) return <SignInPage />;
  if (session.mustChangePassword) return <ChoosePasswordPage user={session.user} />;
  return <LoggedIn session={session} />;
}

function LoggedIn({ session }: { readonly session: Session }) {
  return (
    <SessionContext value={session}>
      <Shell>
        <Routes>
          <Route index element={<OverviewPage />} />
          <Route path="backups" element={<BackupsPage />} />
          <Route path="backups/:id" element={<BackupDetailPage />} />
          <Route path="run" element={<RunBackupPage />} />
          <Route path="restore" element={<RestorePage />} />
          <Route path="cleanup" element={<CleanupPage />} />
          <Route path="schedules" element={<SchedulesPage />} />
          <Route path="tests" element={<TestsPage />} />
          <Route path="audit" element={<AuditPage />} />
          <Route path="users" element={<UsersPage />} />
          <Route path="settings" element={<SettingsPage />} />
          <Route path="index.html" element={<Navigate to="/" replace />} />
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </Shell>
    </SessionContext>
  );
}
