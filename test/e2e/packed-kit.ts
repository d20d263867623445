import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A project that installs a package as it is published. */
export interface PackedProject {
  /** Packs and installs the package, and writes the application, as an ES module and as a CommonJS one. */
  readonly install: (packageFolder: string, application: string) => Promise<void>;
  /** Runs a program in the project. @returns what it prints */
  readonly run: (program: string, args: readonly string[], cwd?: string) => Promise<string>;
  /** Compiles the applications. */
  readonly compile: () => Promise<void>;
}

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

export function packedProject(project: string): PackedProject {
  const run: PackedProject['run'] = async (program, args, cwd = project) => {
    const env = { ...process.env, npm_config_loglevel: 'error', NODE_OPTIONS: '' };
    const windows = process.platform === 'win32' && program !== process.execPath; // there, npm is a script
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, shell: windows }).catch(
      (error: unknown) => {
        // execFile's own message leaves out what a compiler prints to its standard output
        const { message, stdout: printed } = error as { message: string; stdout?: string };
        throw new Error(`${message}\n${printed ?? ''}`);
      },
    );
    return stdout;
  };
  return {
    run,
    compile: async () => {
      await run(process.execPath, [compiler, '-p', '.']);
    },
    install: async (packageFolder, application) => {
      if (!existsSync(join(packageFolder, 'dist', 'index.js')))
        throw new Error(`Expected a build of ${packageFolder}, got none. Run \`npm run build\` first.`);
      const tarball = join(project, 'package.tgz');
      await run('npx', ['--yes', 'pnpm@10.34.8', 'pack', '--out', tarball], packageFolder);
      writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
      await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, '@types/node@20.19.25']);
      const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', lib: ['es2023'], types: ['node'] };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      for (const name of ['application.mts', 'application.cts']) writeFileSync(join(project, name), application);
    },
  };
}
