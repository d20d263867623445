/**
 * How far the bound of a request is from its bill: `npm run bench -- tokens --pairs FILE`. Each line of FILE holds a
 * recorded request and the usage that the provider billed for it. Both ways of counting are shown. Every fifth row was
 * set apart and not looked at while the rules were written; the output shows both parts.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { anthropicMessages } from '../packages/farthing/src/dialects/anthropic-messages.js';
import type { Dialect, JsonObject } from '../packages/farthing/src/dialects/dialect.js';
import { openAIChat } from '../packages/farthing/src/dialects/openai-chat.js';
import { openAIResponses } from '../packages/farthing/src/dialects/openai-responses.js';
import { readAnyUsage } from '../packages/farthing/src/pricing/read-usage.js';
import { loadTokenizer } from '../packages/farthing/src/pricing/tokenizer.js';
import { inputTokens } from '../packages/farthing/src/pricing/usage.js';

const dialects: Readonly<Record<string, Dialect>> = {
  anthropic: anthropicMessages,
  anthropic_count: anthropicMessages,
  chat: openAIChat,
  responses: openAIResponses,
};
const { values } = parseArgs({ options: { pairs: { type: 'string' }, verbose: { type: 'boolean', default: false } } });
if (!values.pairs) {
  console.error('Expected --pairs FILE: JSONL of { api, request, usage }.');
  process.exit(2);
}
const rows = readFileSync(values.pairs, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as { api: string; request: JsonObject; usage: JsonObject });
const count = await loadTokenizer();
if (!count) throw new Error('gpt-tokenizer is not installed.');

const median = (numbers: readonly number[]): number =>
  Number((numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN).toFixed(3));
const summary: Record<string, object> = {};
const result: Record<string, unknown> = { rows: rows.length };
for (const part of ['development', 'unseen', 'all']) {
  for (const [way, counter] of [
    ['tokenizer', count],
    ['bytes', undefined],
  ] as const) {
    const reasons = new Map<string, number>();
    const ratios: number[] = [];
    const large: number[] = [];
    const under: number[] = [];
    let unclassified = 0;
    let withoutBill = 0;
    for (const [index, { api, request, usage }] of rows.entries()) {
      if (part !== 'all' && (index % 5 === 4) !== (part === 'unseen')) continue;
      const dialect = dialects[api];
      if (!dialect) {
        unclassified++;
        continue;
      }
      const measure = dialect.measure(request, { count: counter });
      if (!measure.bounded) {
        for (const reason of measure.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        continue;
      }
      const reading = readAnyUsage({ usage });
      if (!reading) {
        withoutBill++;
        continue;
      }
      const billed = inputTokens(reading.usage);
      const ratio = measure.bound.inputTokens / Math.max(1, billed);
      ratios.push(ratio);
      if (billed >= 500) large.push(ratio);
      if (measure.bound.inputTokens < billed) under.push(index);
      if (values.verbose && part === 'all' && (ratio < 1 || billed >= 500))
        console.log(
          way,
          index,
          api,
          request['model'],
          'billed',
          billed,
          'bound',
          measure.bound.inputTokens,
          ratio.toFixed(2),
        );
    }
    summary[`${part}, ${way}`] = {
      bounded: ratios.length,
      'below the bill': under.length,
      'least ratio': Math.min(...ratios).toFixed(2),
      'median ratio ≥ 500 tokens': median(large),
      'rows ≥ 500': large.length,
    };
    result[`${part}_${way}`] = {
      bounded: ratios.length,
      unclassified,
      without_bill: withoutBill,
      unbounded: Object.fromEntries(reasons),
      below: under,
      median_ratio_500: median(large),
    };
  }
}
console.table(summary);
console.log(JSON.stringify(result));
