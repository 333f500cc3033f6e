import '@mantine/core/styles.css';
import './console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { MantineProvider } from '@mantine/core';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { BrowserRouter } from 'react-router';
import { ApiError } from './api-client.ts';
import { App } from './app.tsx';
import { LanguageProvider } from './i18n/language.tsx';
import { keys } from './queries.ts';
import { cssVariables, theme } from './theme.ts';

const queries = new QueryClient({
  queryCache: new QueryCache({ onError: leave }),
  mutationCache: new MutationCache({ onError: leave }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // Only what may pass by itself is asked again.
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && error.code === 'unreachable',
    },
  },
});

/** A session that ended meanwhile leads to the page to log in, and leaves nothing for whoever comes next. */
function leave(error: Error): void {
  if (!(error instanceof ApiError) || error.code !== 'login_required') return;
  const [session] = keys.session;
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== session });
  queries.setQueryData(keys.session, null);
}

const place = document.getElementById('root');
if (!place) throw new Error('the page has no place for the console');

createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <BrowserRouter basename="/backup">
            <App />
          </BrowserRouter>
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  </StrictMode>,
);
