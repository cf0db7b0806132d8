import { defineCollection, z } from 'astro:content';
import { glob, file } from 'astro/loaders';

const posts = defineCollection({
  loader: glob({ pattern: '**/*.{md,mdx}', base: './src/data/writing' }),
  schema: z.object({ title: z.string() }),
});
const people = defineCollection({ loader: file('src/data/people.json') });
const help = defineCollection({ type: 'content' });

export const collections = { writing: posts, people, help };
