import { createHash } from 'node:crypto';

type Json = Record<string, unknown>;
const asObject = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {}); // read loosely: a client's request
const asList = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(asObject) : []);

/** What a cache did with one prompt, in tokens. */
export interface CachedPrompt {
  readonly read: number;
  readonly written5m: number;
  readonly written1h: number;
}

/** The providers' caches of prompts, by their published rules. */
export interface PromptCaches {
  /** Anthropic: what is marked. `refusal` is the message of a 400. */
  readonly anthropic: (json: Json, totalTokens: number) => CachedPrompt & { readonly refusal?: string };
  /** OpenAI: whatever is long enough, at the machine that a request comes to. Answers the tokens that were cached. */
  readonly openai: (scope: string, parts: readonly string[], key: unknown) => number;
  readonly clear: () => void;
}

/** What the caches are made of. */
export interface PromptCacheRules {
  /** Epoch milliseconds: entries live by it. */
  readonly now: () => number;
  readonly tokens: (text: string) => number;
}

const fiveMinutesMs = 300_000;
const hourMs = 3_600_000;

/** Empty caches. */
export function createPromptCaches(rules: PromptCacheRules): PromptCaches {
  const anthropic = createAnthropicCache(rules);
  const openai = createOpenAICache(rules);
  return {
    anthropic: anthropic.ask,
    openai: openai.ask,
    clear: () => {
      anthropic.clear();
      openai.clear();
    },
  };
}

interface Block {
  readonly content: string;
  /** What is counted of it. */
  readonly text: string;
  readonly control: Json | undefined;
  readonly markable: boolean;
}

const maxMarks = 4;
/** The hidden instructions that come with tools. */
const toolPromptTokens = 346;
/** A mark finds what was written at its own block or at one of the 19 before it. */
const lookback = 20;

/**
 * platform.claude.com/docs/en/build-with-claude/prompt-caching: prefixes run over tools, system and messages; written
 * only where a mark stands; read from the longest that is found; 5 minutes or an hour from the last use on.
 */
function createAnthropicCache({ now, tokens }: PromptCacheRules): {
  readonly ask: PromptCaches['anthropic'];
  readonly clear: () => void;
} {
  const entries = new Map<string, { untilMs: number; readonly ttlMs: number }>();
  const refused = (refusal: string) => ({ read: 0, written5m: 0, written1h: 0, refusal });
  const ask: PromptCaches['anthropic'] = (json, totalTokens) => {
    const blocks = anthropicBlocks(json);
    const marks = blocks.flatMap((block, index) => (block.control ? [index] : []));
    if (marks.length > maxMarks)
      return refused(`A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`);
    if (marks.some((index) => !blocks[index]?.markable)) return refused('cache_control cannot be set for this block');
    const isHour = (index: number): boolean => blocks[index]?.control?.['ttl'] === '1h';
    if (marks.some((index, at) => at > 0 && isHour(index) && !isHour(marks[at - 1] ?? index)))
      return refused("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block");
    if (marks.length === 0) return { read: 0, written5m: 0, written1h: 0 };

    let hash = createHash('sha256').update(String(json['model'])).digest('hex');
    let sum = 0;
    const toolCount = asList(json['tools']).length;
    const prefixes = blocks.map(({ content, text }) => {
      hash = createHash('sha256').update(hash).update(content).digest('hex');
      sum += tokens(text) + (sum === 0 && toolCount > 0 ? toolPromptTokens : 0);
      return { hash, tokens: sum };
    });
    const tokensAt = (index: number): number => Math.min(totalTokens, prefixes[index]?.tokens ?? 0);
    const live = (index: number) => {
      const entry = entries.get(prefixes[index]?.hash ?? '');
      return entry && entry.untilMs >= now() ? entry : undefined;
    };
    let hit = -1;
    for (const mark of marks.toReversed())
      for (let at = mark; at > hit && at > mark - lookback && at >= 0; at--) if (live(at)) hit = Math.max(hit, at);
    const read = hit < 0 ? 0 : tokensAt(hit);
    let written = read;
    let written5m = 0;
    let written1h = 0;
    for (const mark of marks) {
      const entry = live(mark);
      // What is used lives on, as what it is a part of does.
      if (mark <= hit && entry) entry.untilMs = now() + entry.ttlMs;
      if (mark <= hit || tokensAt(mark) < leastTokens(String(json['model']))) continue;
      const ttlMs = isHour(mark) ? hourMs : fiveMinutesMs;
      if (isHour(mark)) written1h += tokensAt(mark) - written;
      else written5m += tokensAt(mark) - written;
      written = tokensAt(mark);
      entries.set(prefixes[mark]?.hash ?? '', { untilMs: now() + ttlMs, ttlMs });
    }
    const used = hit < 0 ? undefined : live(hit);
    if (used) used.untilMs = now() + used.ttlMs;
    return { read, written5m, written1h };
  };
  return { ask, clear: () => entries.clear() };
}

/** The shortest prefix that is kept, by model. */
function leastTokens(model: string): number {
  if (/opus-5|fable-5|mythos-5/.test(model)) return 512;
  if (/haiku-4-5|opus-4-5|opus-4-6/.test(model)) return 4096;
  if (/opus-4-7|haiku-3|3-haiku|3-5-haiku/.test(model)) return 2048;
  return 1024;
}

function anthropicBlocks(json: Json): readonly Block[] {
  const blockOf = (section: string, value: unknown): Block => {
    const { cache_control: control, ...rest } =
      typeof value === 'string' ? { type: 'text', text: value } : asObject(value);
    const type = asObject(rest)['type'];
    return {
      content: `${section}${JSON.stringify(rest)}`,
      text: section === 'tools' ? JSON.stringify(rest) : String(asObject(rest)['text'] ?? ''),
      control: typeof control === 'object' && control !== null ? asObject(control) : undefined,
      markable:
        type !== 'thinking' && type !== 'redacted_thinking' && !(type === 'text' && asObject(rest)['text'] === ''),
    };
  };
  const contentOf = (section: string, content: unknown): readonly Block[] =>
    (Array.isArray(content) ? content : content === undefined || content === null ? [] : [content]).map((each) =>
      blockOf(section, each),
    );
  const blocks = [
    ...asList(json['tools']).map((tool) => blockOf('tools', tool)),
    ...contentOf('system', json['system']),
    ...asList(json['messages']).flatMap((message) => contentOf(String(message['role']), message['content'])),
  ];
  // At the top, it stands for a mark at the last block.
  const automatic = json['cache_control'];
  const last = blocks.at(-1);
  return typeof automatic === 'object' && automatic !== null && last
    ? [...blocks.slice(0, -1), { ...last, control: asObject(automatic) }]
    : blocks;
}

const leastOpenAITokens = 1024;
const stepTokens = 128;
/** Where steps are, in characters: about as many tokens. */
const stepCharacters = 512;
/** What the machine is chosen by, with the key: the first 256 tokens. */
const routedCharacters = 1024;
/** Above so many requests a minute of one prefix and key, further machines are used. */
const maxPerMinute = 15;
/** "5 to 10 minutes of inactivity": the shorter. */
const idleMs = fiveMinutesMs;

/** developers.openai.com/api/docs/guides/prompt-caching: from 1,024 tokens on, in steps of 128. */
function createOpenAICache({ now, tokens }: PromptCacheRules): {
  readonly ask: PromptCaches['openai'];
  readonly clear: () => void;
} {
  const machines = new Map<string, Map<string, number>>();
  const load = new Map<string, { minute: number; calls: number }>();
  const machineOf = (scope: string, text: string, key: unknown): Map<string, number> => {
    const route = createHash('sha256')
      .update(`${scope}\n${String(key)}\n${text.slice(0, routedCharacters)}`)
      .digest('hex');
    const minute = Math.floor(now() / 60_000);
    const before = load.get(route);
    const calls = before?.minute === minute ? before.calls + 1 : 1;
    load.set(route, { minute, calls });
    const machine = `${route}/${Math.floor((calls - 1) / maxPerMinute)}`;
    const found = machines.get(machine) ?? new Map<string, number>();
    machines.set(machine, found);
    return found;
  };
  const ask: PromptCaches['openai'] = (scope, parts, key) => {
    const text = parts.join('\n');
    const machine = machineOf(scope, text, key);
    if (tokens(text) < leastOpenAITokens) return 0;
    const hash = createHash('sha256').update(scope);
    let hit = 0;
    for (let end = stepCharacters; end <= text.length; end += stepCharacters) {
      hash.update(text.slice(end - stepCharacters, end));
      const name = hash.copy().digest('base64');
      if ((machine.get(name) ?? 0) >= now()) hit = end;
      machine.set(name, now() + idleMs);
    }
    const cached = tokens(text.slice(0, hit));
    return cached < leastOpenAITokens ? 0 : Math.floor(cached / stepTokens) * stepTokens;
  };
  return {
    ask,
    clear: () => {
      machines.clear();
      load.clear();
    },
  };
}
