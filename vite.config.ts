import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Builds the console into `dist/web`, from where the API serves it at `/backup`. */
export default defineConfig({
  root: `${root}src/web`,
  base: '/backup/',
  plugins: [react()],
  build: {
    outDir: `${root}dist/web`,
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // The policy of the page lets no file be part of another.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
  },
});
