import fs, {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpointEmbedder, type GateOptions, lexical } from 'farthing';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asking, semanticGate, type Watched } from './semantic-kit.js';
import { sharedProvider } from './setup.js';

const shared = sharedProvider();
const ask = asking(shared);
const folder = mkdtempSync(join(tmpdir(), 'farthing-faults-'));
afterAll(() => rmSync(folder, { recursive: true }));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(folder, 'dir-'));
});
afterEach(() => vi.restoreAllMocks());

const stored = 'How can I reset my password?';
const other = 'please how can I reset my password';
const noWrite = { options: { cache: { write: false } } } as const;
/** Why the semantic cache failed, by the records. */
const reasonsIn = ({ records }: Watched): (string | undefined)[] =>
  records.flatMap(({ cache }) =>
    cache.flatMap(({ cache: name, outcome, reason }) => (name === 'semantic' && outcome === 'error' ? [reason] : [])),
  );
/** Asks until a failure that came off the callers' path is in a record: every call before, and that one, is answered. */
const untilTold = async (one: Watched, reason: string): Promise<void> => {
  let call = 0;
  await expect
    .poll(
      async () => {
        const { text } = await ask(one, `What is the meaning of word number ${call++}?`);
        expect(JSON.parse(text)).toHaveProperty('choices');
        return reasonsIn(one);
      },
      { timeout: 10_000 },
    )
    .toContain(reason);
};

describe('what the user brought fails', () => {
  it.each<[string, Parameters<typeof semanticGate>[0], string]>([
    [
      'an embedder that throws at once',
      {
        embedder: {
          ...lexical(),
          embed: () => {
            throw new TypeError('mine');
          },
        },
      },
      'TypeError',
    ],
    [
      'a coin that throws',
      {
        random: () => {
          throw new RangeError('mine');
        },
      },
      'RangeError',
    ],
    [
      'a rewriting that throws',
      {
        rewriteSystem: () => {
          throw new SyntaxError('mine');
        },
      },
      'SyntaxError',
    ],
  ])('and calls go on: %s', async (_, more, reason) => {
    const one = semanticGate(more);
    const messages = (content: string) => [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content },
    ];
    expect((await ask(one, '', { body: { messages: messages(stored) } })).source).toBe('provider');
    expect((await ask(one, '', { body: { messages: messages(other) } })).source).toBe('provider');
    expect(reasonsIn(one)).toContain(reason);
    expect(one.records.map(({ outcome }) => outcome)).toEqual(['complete', 'complete']);
  });

  it.each([
    ['answers 500', { kind: 'status', status: 500 }],
    ['hangs', { kind: 'hang' }],
    ['resets', { kind: 'reset' }],
    ['answers half a JSON', { kind: 'truncate', afterBytes: 60 }],
  ] as const)('an endpoint that %s costs a hit, and the next call has one', async (_, fault) => {
    const embedder = endpointEmbedder({
      baseURL: shared.provider.openaiBaseURL,
      apiKey: 'sk',
      model: 'text-embedding-3-small',
      dimensions: 64,
      threshold: 0.1,
    });
    const one = semanticGate({ embedder, embedTimeoutMs: 200 });
    await ask(one, stored);
    shared.provider.fault({ ...fault, when: ({ path }) => path.endsWith('/embeddings') });
    expect((await ask(one, other, noWrite)).source).toBe('provider');
    expect(reasonsIn(one)).toEqual([expect.stringMatching(/^[A-Z]\w+$/)]);
    // The question was asked under the same embedding before: it is not the failure that is remembered.
    await ask(one, `${other} `, noWrite);
    expect(reasonsIn(one).length).toBe(1);
  });
});

describe('a directory that fails', () => {
  const persisted = (options: GateOptions = {}): Watched => semanticGate({ persist: { dir } }, options);

  it('from the start, since a file is in its place', async () => {
    rmSync(dir, { recursive: true });
    writeFileSync(dir, 'a file');
    const one = persisted();
    await ask(one, stored);
    expect((await ask(one, other, noWrite)).source).toBe('semantic');
    await untilTold(one, 'disk');
    expect(one.warnings.join()).toMatch(/cache_error: The semantic cache goes on in memory alone/);
    await one.gate.close();
  });

  it('since another gate has it', async () => {
    const [first, second] = [persisted(), persisted()];
    await ask(first, stored);
    await untilTold(second, 'disk');
    expect((await ask(first, other, noWrite)).source).toBe('semantic');
    await first.gate.close();
    await second.gate.close();
  });

  it('since another gate has it, whose revocation it does not write over', async () => {
    const boundIn = () => JSON.parse(readFileSync(join(dir, 'bound.json'), 'utf8')) as { revoked: boolean };
    const failing = () => semanticGate({ persist: { dir }, random: () => 0, judge: async () => 'fail' });
    const owner = failing();
    await ask(owner, stored);
    const second = failing();
    await untilTold(second, 'disk');
    const events: unknown[] = [];
    owner.gate.on('revoked', (last) => events.push(last));
    for (let call = 0; call < 100 && events.length === 0; call++) {
      await ask(owner, stored, { options: { cache: { read: false } } }); // the answer that failed was removed
      await ask(owner, other, noWrite);
      await owner.gate.idle();
    }
    expect(events.length).toBe(1);
    await ask(second, stored);
    await ask(second, other);
    await owner.gate.close();
    expect(boundIn().revoked).toBe(true);
    await second.gate.close();
    expect(boundIn().revoked).toBe(true);
    const third = failing();
    await ask(third, stored);
    expect(third.gate.report().semantic?.state).toBe('revoked');
    await third.gate.close();
  });

  it('where others may read and have put links', async () => {
    const mine = join(folder, 'mine');
    writeFileSync(mine, 'mine');
    const first = persisted();
    await ask(first, stored);
    await first.gate.close();
    symlinkSync(mine, join(dir, 'bound.json.tmp'));
    chmodSync(join(dir, 'entries.log'), 0o644);
    chmodSync(dir, 0o755);
    const one = persisted();
    await expect.poll(async () => (await ask(one, other, noWrite)).source).toBe('semantic');
    await one.gate.close();
    expect(readFileSync(mine, 'utf8')).toBe('mine');
    const modes = [dir, join(dir, 'entries.log'), join(dir, 'bound.json')].map((path) => statSync(path).mode & 0o777);
    if (process.platform !== 'win32') expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  it('since the disk is full, and holds what it held', async () => {
    const one = persisted();
    await ask(one, stored);
    await expect.poll(() => readFileSync(join(dir, 'entries.log'), 'latin1')).toContain('reset my password');
    const file = await fs.promises.open(join(dir, 'probe'), 'w');
    const full = vi
      .spyOn(Object.getPrototypeOf(file) as typeof file, 'appendFile') // every handle has its methods from there
      .mockRejectedValue(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    await file.close();
    await untilTold(one, 'disk');
    expect(one.warnings.join()).toMatch(/ENOSPC/);
    expect((await ask(one, other, noWrite)).source).toBe('semantic');
    await one.gate.close();
    full.mockRestore();
    const again = persisted();
    await expect.poll(async () => (await ask(again, other, noWrite)).source).toBe('semantic');
    await again.gate.close();
  });

  it('since the disk is full, for what was proved', async () => {
    const real = fs.promises.writeFile;
    vi.spyOn(fs.promises, 'writeFile').mockImplementation(async (path, ...rest) => {
      if (String(path).endsWith('bound.json.tmp')) throw new Error('ENOSPC: no space left');
      return real(path, ...rest);
    });
    const one = persisted();
    await ask(one, stored);
    expect((await ask(one, other, noWrite)).source).toBe('semantic');
    await untilTold(one, 'bound_file');
    expect(one.warnings.join()).toMatch(/bound\.json could not be written: ENOSPC.*A restart proves anew/);
    await one.gate.close();
  });

  it.skipIf(!existsSync('/dev/full'))('since the disk is full, for records and verdicts', async () => {
    const one = semanticGate({ random: () => 0, judge: async () => 'ok' }, { records: { path: '/dev/full' } });
    await ask(one, stored);
    expect((await ask(one, other)).source).toBe('semantic');
    await one.gate.idle();
    expect(one.gate.report().semantic).toMatchObject({ audits: 1, failures: 0 });
    expect(one.warnings.join()).toMatch(/record_error: .*ENOSPC/);
  });

  it.each<[string, (path: string) => void]>([
    ['cut within its snapshot', (path) => truncateSync(path, 20)],
    ['of no kind that is known', (path) => writeFileSync(path, 'not a log')],
    [
      'damaged in the middle',
      (path) => {
        const bytes = readFileSync(path);
        const at = bytes.length >> 2;
        bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
        writeFileSync(path, bytes);
      },
    ],
  ])('whose snapshot is %s', async (_, damage) => {
    const first = persisted();
    await ask(first, stored);
    await ask(first, 'Where is my invoice?');
    await first.gate.close();
    damage(join(dir, 'entries.log'));
    const one = persisted();
    expect((await ask(one, other, noWrite)).source).toBe('provider');
    await untilTold(one, 'set_aside');
    expect(one.warnings.join()).toMatch(/The semantic cache begins anew/);
    await ask(one, stored, { options: { cache: { read: false } } });
    expect((await ask(one, other, noWrite)).source).toBe('semantic');
    await one.gate.close();
  });

  it('whose last write was torn, gives what was whole', async () => {
    const first = persisted();
    await ask(first, stored);
    await first.gate.close();
    const path = join(dir, 'entries.log');
    const whole = readFileSync(path);
    const second = persisted();
    await ask(second, 'Where is my invoice?');
    await second.gate.close();
    truncateSync(path, Math.max(whole.length + 1, readFileSync(path).length - 10));
    const one = persisted();
    await expect.poll(async () => (await ask(one, other, noWrite)).source).toBe('semantic');
    expect((await ask(one, 'please where is my invoice', noWrite)).source).toBe('provider');
    expect(reasonsIn(one)).toEqual([]);
    await one.gate.close();
  });

  it.each<[string, (path: string) => void]>([
    ['torn', (path) => truncateSync(path, 40)],
    [
      'a directory',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])('whose evidence is %s: nothing is taken for proved', async (_, damage) => {
    const judged = { persist: { dir }, random: () => 0, judge: async () => 'ok' as const };
    const first = semanticGate(judged);
    await ask(first, stored);
    await ask(first, other);
    await first.gate.idle();
    await first.gate.close();
    damage(join(dir, 'bound.json'));
    const one = semanticGate({ ...judged, random: () => 0.99 });
    await untilTold(one, 'bound_file');
    expect(one.gate.report().semantic).toMatchObject({ state: 'unproved', audits: 0 });
    expect(one.warnings.join()).toMatch(/what was proved is being proved again/);
    await one.gate.close();
  });
});

it('closes where the directory is gone', async () => {
  const one = semanticGate({ persist: { dir } });
  await ask(one, stored);
  rmSync(dir, { recursive: true });
  expect((await ask(one, other, noWrite)).source).toBe('semantic');
  await one.gate.close();
});
