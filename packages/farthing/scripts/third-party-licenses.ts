import { readFileSync } from 'node:fs';

/** What is copied into `dist`: code that is bundled, and the data that the price catalogue was compiled from. */
const copied = ['@pydantic/genai-prices', 'zod'];

/** The licences of what `dist` holds of others, as one text: they ask to be passed on with every copy. */
export function thirdPartyLicenses(): string {
  const texts = copied.map((name) => {
    const folder = new URL(`../node_modules/${name}/`, import.meta.url);
    const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { version: string }; // every package has one
    return `${name} ${version}\n\n${readFileSync(new URL('LICENSE', folder), 'utf8').trim()}\n`;
  });
  const data = readFileSync(new URL('./data-licenses.txt', import.meta.url), 'utf8');
  return `This package contains parts of the following works.\n\n${[...texts, data].join(`\n${'-'.repeat(80)}\n\n`)}`;
}
