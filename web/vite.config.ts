import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// `npm run dev` serves the page itself and hands everything else to a running `make run`.
const server = 'http://acme.localhost:8001';

export default defineConfig({
  base: '/app/',
  plugins: [svelte()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // a data: URL would need a hole in the Content-Security-Policy
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': server, '/oauth': server } },
});
