/** The requests of the prompt-cache benchmark: drawn from seeded distributions, so that each run sees the same. */
import { seeded } from '../../packages/farthing/src/audit/seeded-random.js';

export type Message = { readonly role: 'user' | 'assistant'; readonly content: string };
/** One request, in the workload's own words. */
export interface Ask {
  readonly atMs: number;
  readonly system: string;
  readonly tools: readonly object[];
  readonly messages: readonly Message[];
}
/** A stream of requests in the order of time. */
export interface Workload {
  readonly name: string;
  readonly about: string;
  readonly model: string;
  readonly asks: readonly Ask[];
}

/** All workloads. @param options `conversations`: how many there are of each kind */
export function promptWorkloads({
  seed,
  conversations,
}: {
  readonly seed: number;
  readonly conversations: number;
}): readonly Workload[] {
  const random = seeded(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const lognormal = (median: number, sigma: number): number => median * Math.exp(sigma * normal());
  const exponential = (mean: number): number => -mean * Math.log(1 - random());
  const words =
    'order refund device account plan update screen battery invoice server label window policy travel museum'.split(
      ' ',
    );
  /** About so many tokens of four characters. */
  function prose(tokens: number): string {
    let text = '';
    while (text.length < tokens * 4)
      text += `${words[Math.floor(random() * words.length)]} ${Math.floor(random() * 100)} `;
    return text;
  }
  const minuteMs = 60_000;

  function talks(options: {
    readonly count: number;
    readonly everyMs: number;
    readonly systemTokens: number;
    readonly toolTokens: number;
    readonly goesOn: number;
    readonly gapMs: number;
    readonly sigma: number;
  }): readonly Ask[] {
    const system = prose(options.systemTokens);
    const tools =
      options.toolTokens === 0
        ? []
        : [
            {
              name: 'look_up',
              description: prose(options.toolTokens),
              input_schema: { type: 'object', properties: {} },
            },
          ];
    const asks: Ask[] = [];
    let startMs = 0;
    for (let index = 0; index < options.count; index++) {
      startMs += exponential(options.everyMs);
      let atMs = startMs;
      let messages: readonly Message[] = [{ role: 'user', content: prose(lognormal(60, 0.6)) }];
      for (let turn = 1; ; turn++) {
        asks.push({ atMs, system, tools, messages });
        if (turn >= 40 || random() > options.goesOn) break;
        atMs += lognormal(options.gapMs, options.sigma);
        messages = [
          ...messages,
          { role: 'assistant', content: prose(lognormal(200, 0.5)) },
          { role: 'user', content: prose(lognormal(60, 0.6)) },
        ];
      }
    }
    return asks.toSorted((a, b) => a.atMs - b.atMs);
  }

  function singles(options: {
    readonly count: number;
    readonly everyMs: number;
    readonly system: (index: number) => string;
    readonly questionTokens: number;
  }): readonly Ask[] {
    let atMs = 0;
    return Array.from({ length: options.count }, (_, index) => {
      atMs += exponential(options.everyMs);
      return {
        atMs,
        system: options.system(index),
        tools: [],
        messages: [{ role: 'user' as const, content: prose(options.questionTokens) }],
      };
    });
  }

  /** Two streams, one after the other. */
  function inTurn(first: readonly Ask[], second: readonly Ask[]): readonly Ask[] {
    const from = first.at(-1)?.atMs ?? 0;
    return [...first, ...second.map((ask) => ({ ...ask, atMs: ask.atMs + from }))];
  }

  const ragSystem = prose(1500);
  const rareSystem = prose(3000);
  const chatTalk = {
    count: conversations,
    everyMs: 30_000,
    systemTokens: 2500,
    toolTokens: 800,
    goesOn: 0.875,
    gapMs: 45_000,
    sigma: 0.9,
  };
  return [
    {
      name: 'conversations',
      about:
        'system 2,500 + tools 800 tokens; turns geometric, mean 8; gaps lognormal, median 45 s, sigma 0.9; a new one every 30 s',
      model: 'claude-sonnet-5',
      asks: talks(chatTalk),
    },
    {
      name: 'slow conversations',
      about: 'the same, gaps median 12 min, sigma 0.6; a new one every 20 min',
      model: 'claude-sonnet-5',
      asks: talks({ ...chatTalk, everyMs: 20 * minuteMs, gapMs: 12 * minuteMs, sigma: 0.6 }),
    },
    {
      name: 'RAG',
      about: 'system 1,500 tokens, the same; 3,000 tokens of passages and question, never again; one every 15 s',
      model: 'claude-sonnet-5',
      asks: singles({ count: 3000, everyMs: 15_000, system: () => ragSystem, questionTokens: 3000 }),
    },
    {
      name: 'no reuse',
      about: 'system 3,000 tokens, another each time; one every 10 s',
      model: 'claude-sonnet-5',
      asks: singles({ count: 3000, everyMs: 10_000, system: () => prose(3000), questionTokens: 200 }),
    },
    {
      name: 'too rare',
      about: 'system 3,000 tokens, the same, one every 3 h',
      model: 'claude-sonnet-5',
      asks: singles({ count: 1000, everyMs: 180 * minuteMs, system: () => rareSystem, questionTokens: 200 }),
    },
    {
      name: 'pairs then none',
      about:
        'each of 250 systems twice within seconds, then 3,000 calls whose systems never come again: what was learned is wrong',
      model: 'claude-sonnet-5',
      asks: inTurn(
        (() => {
          let system = '';
          return singles({
            count: 500,
            everyMs: 4000,
            system: (index) => {
              if (index % 2 === 0) system = prose(3000);
              return system;
            },
            questionTokens: 200,
          });
        })(),
        singles({ count: 3000, everyMs: 4000, system: () => prose(3000), questionTokens: 200 }),
      ),
    },
    {
      name: 'conversations, OpenAI',
      about: 'as conversations, one every 3 s: above 15 requests a minute for one prefix, so that machines change',
      model: 'gpt-5',
      asks: talks({ ...chatTalk, everyMs: 3000 }),
    },
    {
      name: 'RAG, OpenAI',
      about: 'as RAG, one every second',
      model: 'gpt-5',
      asks: singles({ count: 3000, everyMs: 1000, system: () => ragSystem, questionTokens: 3000 }),
    },
  ];
}
