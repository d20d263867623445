import { dirname, join } from 'node:path';
import ts from 'typescript';

/** A block of TypeScript in a page. */
export interface Snippet {
  /** Path of the page, relative to the root. */
  readonly page: string;
  /** Line of the page, from 1, on which the code begins. */
  readonly line: number;
  readonly code: string;
}

/** All that a page marks as TypeScript, however it marks it; `marks` are the words after the fence. */
export function snippetsOf(page: string, text: string): readonly (Snippet & { readonly marks: string })[] {
  const snippets: (Snippet & { marks: string })[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const fence = /^\s*(`{3,}|~{3,})(.*)$/.exec(lines[at] ?? '');
    if (!fence) continue;
    const [, ticks = '', marks = ''] = fence;
    let end = at + 1;
    while (end < lines.length && lines[end]?.trim() !== ticks) end++;
    if (/^(ts|tsx|typescript|js|javascript|mjs|mts)\b/i.test(marks.trim()))
      snippets.push({ page, line: at + 2, code: lines.slice(at + 1, end).join('\n'), marks: marks.trim() });
    at = end;
  }
  return snippets;
}

/**
 * Type-checks snippets, each as a module of its own that stands in `folder`, whose dependencies it may import. Nothing
 * is written to disk.
 *
 * @param config path of the tsconfig.json whose options hold
 * @returns the errors by snippet, each as `page:line: message`
 */
export function checkSnippets(
  snippets: readonly Snippet[],
  { folder, config }: { readonly folder: string; readonly config: string },
): ReadonlyMap<Snippet, readonly string[]> {
  const options = optionsFor(config);
  const byFile = new Map(snippets.map((snippet, index) => [join(folder, `snippet-${index}.mts`), snippet]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  const program = ts.createProgram([...byFile.keys()], options, {
    ...host,
    fileExists: (path) => byFile.has(path) || fileExists(path),
    readFile: (path) => byFile.get(path)?.code ?? readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const snippet = byFile.get(path);
      return snippet ? ts.createSourceFile(path, snippet.code, version, true) : getSourceFile(path, version, ...rest);
    },
  });
  return new Map(
    [...byFile].map(([path, snippet]) => {
      const file = program.getSourceFile(path);
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [snippet, found.map((diagnostic) => describe(diagnostic, snippet))];
    }),
  );
}

function optionsFor(config: string): ts.CompilerOptions {
  const read = ts.readConfigFile(config, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, dirname(config));
  // A snippet shows how; what it leaves unused is the reader's to use.
  return { ...options, noEmit: true, noUnusedLocals: false, noUnusedParameters: false };
}

function describe({ start, file, messageText }: ts.Diagnostic, { page, line }: Snippet): string {
  const offset = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0;
  return `${page}:${line + offset}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
