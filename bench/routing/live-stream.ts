import { createGate, type Embedder, type OutcomeRecord } from 'farthing';
import { seeded } from '../../packages/farthing/src/audit/seeded-random.js';
import type { Known } from './rows.js';

/** How a stream is simulated. */
export interface StreamOptions {
  /** Calls before the cheapest target turns bad, and at most so many after. */
  readonly calls: number;
  readonly auditRate: number;
  readonly maxQualityLoss: number;
  readonly seed: number;
}

/** What a stream showed. */
export interface StreamFigures {
  /** Over the last quarter before the change. */
  readonly strongShare: number;
  readonly netLoss: number;
  readonly state: string;
  /** What the gate itself said then. */
  readonly bound: number;
  readonly audits: number;
  /** Revocations before the change: false alarms. */
  readonly falseAlarms: number;
  /** From the change until the revocation; NaN where none came. */
  readonly callsToRevoke: number;
  readonly auditsToRevoke: number;
}

const url = 'https://api.openai.com/v1/chat/completions';

/**
 * A scope's rows as live traffic, drawn again and again, through a gate whose route learns under a promise. Then the
 * cheapest target changes in silence: all of its answers are worth nothing. Answers tell their quality, and are graded by
 * it.
 */
export async function runStream(rows: readonly Known[], options: StreamOptions): Promise<StreamFigures> {
  const { calls, auditRate, maxQualityLoss, seed } = options;
  const random = seeded(seed);
  let isBroken = false;
  const qualities = (known: Known): readonly [number, number] => {
    const scale = known.row.strong_score > 1 || known.row.weak_score > 1 ? 10 : 1;
    const weak = isBroken ? 0 : known.row.weak_score / scale;
    return [weak, known.row.strong_score / scale];
  };
  // a call's number, in its text, makes it a conversation of its own
  const rowOf = (content: string): Known => {
    return drawn[Number(content.slice(0, content.indexOf('\n')))] as Known; // every call was drawn before it was asked
  };
  const drawn: Known[] = [];
  const learnt = embedderFor(rows);
  const gate = createGate({
    fetch: async (_, init) => {
      const body = JSON.parse(String(init?.body)) as { model: string; messages: { content: string }[] };
      const [weak, strong] = qualities(rowOf(body.messages[0]?.content ?? ''));
      return answer(body.model, body.model === 'gpt-5' ? strong : weak);
    },
    routes: {
      'gpt-5': {
        targets: ['gpt-5-nano', 'gpt-5'],
        maxQualityLoss,
        learn: { auditRate, grade: ({ answer: text }) => Number(text), random: seeded(seed + 1), embedder: learnt },
      },
    },
    onWarning: () => {},
  });
  const outcomes: OutcomeRecord[] = [];
  let revoked = 0;
  gate.on('outcome', (outcome) => outcomes.push(outcome));
  gate.on('routeRevoked', () => revoked++);
  const went: { readonly isStrong: boolean; readonly loss: number }[] = [];
  gate.on('call', ({ purpose, route }) => {
    if (purpose !== 'call') return;
    const [weak, strong] = qualities(drawn[went.length] as Known); // see above
    const isStrong = route?.target === 'gpt-5';
    went.push({ isStrong, loss: isStrong ? 0 : strong - weak });
  });
  const ask = async (): Promise<void> => {
    const known = rows[Math.floor(random() * rows.length)];
    if (!known) throw new Error('Expected rows, got none.');
    const content = `${drawn.length}\n${known.row.prompt}`;
    drawn.push(known);
    await (
      await gate.fetch(url, {
        method: 'POST',
        headers: { authorization: 'Bearer sk', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content }] }),
      })
    ).text();
    if (drawn.length % 10 === 0) await gate.idle();
  };
  for (let call = 0; call < calls; call++) await ask();
  const late = went.slice(-Math.ceil(calls / 4));
  const report = gate.report().routes?.['gpt-5'];
  const [falseAlarms, before] = [revoked, outcomes.length];
  isBroken = true;
  while (revoked === falseAlarms && drawn.length < 2 * calls) await ask();
  await gate.close();
  const isRevoked = revoked > falseAlarms;
  return {
    strongShare: mean(late.map(({ isStrong }) => (isStrong ? 1 : 0))),
    netLoss: mean(late.map(({ loss }) => loss)),
    state: report?.loss?.state ?? 'none',
    bound: rounded(report?.loss?.bound ?? Number.NaN),
    audits: before,
    falseAlarms,
    callsToRevoke: isRevoked ? drawn.length - calls : Number.NaN,
    auditsToRevoke: isRevoked ? outcomes.length - before : Number.NaN,
  };
}

/** The embeddings that the rows have already, whatever stands in the first line; `undefined` where they have none. */
function embedderFor(rows: readonly Known[]): Embedder | undefined {
  const known = new Map(rows.map(({ row, features }) => [row.prompt, features.embedding]));
  const dimensions = rows[0]?.features.embedding?.length;
  if (dimensions === undefined) return undefined;
  return {
    id: 'known',
    dimensions,
    threshold: 1,
    embed: async (texts) =>
      texts.map((text) => {
        const vector = known.get(text.slice(text.indexOf('\n') + 1));
        if (!vector) throw new Error('Expected a text of the rows.');
        return { vector, readLength: text.length };
      }),
  };
}

function answer(model: string, quality: number): Response {
  return Response.json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: String(quality) }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
  });
}

function mean(numbers: readonly number[]): number {
  return rounded(numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length));
}

function rounded(number: number): number {
  return Number(number.toFixed(4));
}
