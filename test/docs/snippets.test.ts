import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkSnippets, type Snippet, snippetsOf } from './check-snippets.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const place = { folder: fileURLToPath(new URL('.', import.meta.url)), config: join(root, 'tsconfig.json') };

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const snippets = pages.flatMap((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')));

const wrong: Snippet = {
  page: 'a-page.md',
  line: 10,
  code: "import { usd } from 'farthing';\nconst amount: string = usd('1');",
};

describe('code in the docs', () => {
  let errors: ReadonlyMap<Snippet, readonly string[]>;
  beforeAll(() => {
    errors = checkSnippets([...snippets, wrong], place);
  }, 120_000);

  it.each(snippets.map((snippet) => [`${snippet.page}:${snippet.line}`, snippet] as const))(
    '%s has the types of the source',
    (_, snippet) => {
      expect(errors.get(snippet)).toEqual([]);
    },
  );

  it('is marked as plain `ts`, so that it can be checked', () => {
    expect(snippets.filter(({ marks }) => marks !== 'ts')).toEqual([]);
  });

  it('is found wrong where it is wrong, by the line of its page', () => {
    expect(errors.get(wrong)).toEqual(["a-page.md:11: Type 'number' is not assignable to type 'string'."]);
  });
});

describe('finding code in a page', () => {
  it('takes every mark of TypeScript or JavaScript, indented too, and leaves other blocks alone', () => {
    const page = [
      '```sh',
      'npm test',
      '```',
      '',
      '- a list',
      '  ```ts no-check',
      '  x;',
      '  ```',
      '~~~js',
      'y;',
      '~~~',
    ];
    expect(snippetsOf('p.md', page.join('\n'))).toEqual([
      { page: 'p.md', line: 7, code: '  x;', marks: 'ts no-check' },
      { page: 'p.md', line: 10, code: 'y;', marks: 'js' },
    ]);
  });
});
