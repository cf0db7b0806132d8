import { defineConfig } from 'astro/config';

export default defineConfig({
  site: 'https://kites.example.org',
  base: '/journal',
  i18n: { defaultLocale: 'en', locales: ['en', 'fr'] },
});
