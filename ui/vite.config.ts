import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Addresses of assets are relative: one build serves under any base path, which the server writes into <base>.
  base: './',
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    manifest: true,
    assetsInlineLimit: 0, // no data: addresses, so that the content security policy stays strict
    outDir: process.env.UI_OUT ?? 'dist',
    emptyOutDir: true,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { '/api': { target: process.env.API ?? 'http://127.0.0.1:8080', ws: true } } },
  test: {
    environment: 'jsdom',
    globals: false,
    setupFiles: './src/test/setup.ts',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    maxWorkers: '100%',
    retry: process.env.CI ? 1 : 0, // what passes only the second time is named in the report
    testTimeout: 120_000,
  },
});
