/** Copies the project's README into the current package, with its links as they are seen from there. */
import { readFileSync, writeFileSync } from 'node:fs';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
writeFileSync('README.md', readme.replaceAll(/\]\((?![a-z]+:|#)/g, '](../../'));
