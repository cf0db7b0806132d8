import type {Config} from '@docusaurus/types';

// url: 'https://old.example.org',
const config: Config = {
  title: 'Paper Boats',
  url: 'https://boats.example.org',
  baseUrl: '/club/',
  i18n: {defaultLocale: 'en', locales: ['en', 'de']},
  presets: [
    [
      'classic',
      {
        docs: {routeBasePath: 'manual', sidebarPath: require.resolve('./sidebars')},
        blog: {routeBasePath: '/news', authorsMapPath: 'authors.yml'},
      } satisfies Preset.Options,
    ],
  ],
};

export default config;
