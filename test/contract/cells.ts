import type { Behaviour } from './behaviour.js';
import type { Stack } from './stack.js';

/** Something that holds for some behaviours of some stacks, by the behaviours' titles. */
export interface Exception {
  readonly titles: readonly string[];
  readonly of: (stack: Stack) => boolean;
  readonly reason: string;
}

/** What a stack itself takes away from its client. It is compared all the same: by its failure. */
export const losses: readonly Exception[] = [
  {
    titles: ['withOptions()'],
    of: ({ name }) => name.startsWith('openai 4') || name.startsWith('@instructor-ai'),
    reason: 'openai 4 has no withOptions()',
  },
  {
    titles: ['withOptions()'],
    of: ({ family }) => family === 'azure',
    reason: 'AzureOpenAI 6.49 forgets its apiVersion in withOptions() and throws',
  },
  {
    titles: ['asResponse() with an unread body', 'withResponse()', 'the headers of an answer'],
    of: ({ family }) => family === 'instructor' || family === 'langfuse',
    reason: 'its create() answers a plain promise, which has no asResponse() and no withResponse()',
  },
  {
    titles: ['pages of a list', 'completions.stream()', 'responses.stream()'],
    of: ({ family }) => family === 'langfuse',
    reason: 'it makes a plain promise of what the SDK returns, which is no page and no runner any more',
  },
  {
    titles: ['stream.tee()', 'stream.toReadableStream()', 'stream.controller.abort()'],
    of: ({ family }) => family === 'langfuse',
    reason: 'it makes a plain generator of a stream',
  },
];

/** What a stack cannot be asked at all, since without the gate it never answers. */
export const skips: readonly Exception[] = [
  {
    titles: ['a stream with an error in the middle', 'a stream with a reset in the middle'],
    of: ({ family }) => family === 'instructor',
    reason: 'the partial objects of Instructor wait for ever once their stream has failed',
  },
];

/** Cells of the matrix, by the number of a behaviour, that cannot be: the stack has nothing of the kind. */
export const notApplicable: readonly {
  readonly numbers: readonly number[];
  readonly of: (stack: Stack) => boolean;
  readonly reason: string;
}[] = [
  {
    numbers: [3, 4, 5],
    of: isFramework,
    reason: 'it hands out answers of its own making, neither the SDK’s object nor the response',
  },
  { numbers: [11], of: isFramework, reason: 'it asks models and lists nothing' },
  { numbers: [12], of: isFramework, reason: 'its model object asks models, and nothing else can be sent by it' },
  {
    numbers: [20],
    of: ({ api }) => api !== 'chat',
    reason: 'streams of Responses and of Messages tell their usage unasked: there is nothing to add and to take out',
  },
  { numbers: [24], of: ({ family }) => family !== 'langfuse', reason: 'no tracer is around it' },
];

function isFramework({ family }: Stack): boolean {
  return family === 'vercel' || family === 'langchain' || family === 'agents';
}

/**
 * Where else a behaviour is tested: for which stacks instead of in the matrix, as it is the gate's own whatever the
 * client; for none, beside it.
 */
export const elsewhere: readonly {
  readonly number: number;
  readonly of: (stack: Stack) => boolean;
  readonly file: string;
  readonly title: string;
}[] = [
  {
    number: 12,
    of: () => false,
    file: 'test/e2e/passing-through.test.ts',
    title: 'goes on byte for byte: forms, bytes, lists',
  },
  {
    number: 16,
    of: () => false,
    file: 'test/e2e/passing-through.test.ts',
    title: 'gets the very arguments that the caller gave',
  },
  {
    number: 17,
    of: () => false,
    file: 'test/e2e/passing-through.test.ts',
    title: 'may be a string, a URL or a Request, with text or bytes',
  },
  {
    number: 18,
    of: () => false,
    file: 'test/e2e/passing-through.test.ts',
    title: 'streams without holding back: a chunk is with the caller before the next one is sent',
  },
  { number: 18, of: () => false, file: 'test/e2e/passing-through.test.ts', title: 'reads no faster than its caller' },
  {
    number: 19,
    of: () => false,
    file: 'test/e2e/caches.test.ts',
    title: 'keeps the request id, and drops cookies, lengths and encodings',
  },
  {
    number: 21,
    of: () => true,
    file: 'test/contract/gate-in-trouble.test.ts',
    title: '21 nothing with a prompt or a key is logged that the stack does not log by itself',
  },
  {
    number: 22,
    of: () => true,
    file: 'test/contract/gate-in-trouble.test.ts',
    title: '22 a cache that is down costs a hit, never a call',
  },
  {
    number: 23,
    of: () => true,
    file: 'test/e2e/passing-through.test.ts',
    title: 'lets the process exit by itself, with holds, timers and unread streams',
  },
  {
    number: 24,
    of: ({ family }) => family === 'langfuse',
    file: 'test/contract/langfuse.test.ts',
    title: 'a gate %s traces the same, and meters every call',
  },
];

const find = (list: readonly Exception[], stack: Stack, { title }: Behaviour): Exception | undefined =>
  list.find((each) => each.of(stack) && each.titles.includes(title));

/** Why a stack fails at a behaviour all by itself. */
export const lossOf = (stack: Stack, behaviour: Behaviour): Exception | undefined => find(losses, stack, behaviour);

/** Why a stack is not asked about a behaviour. */
export const skipOf = (stack: Stack, behaviour: Behaviour): Exception | undefined => find(skips, stack, behaviour);
