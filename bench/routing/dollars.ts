import type { CascadeRow } from './cascade-rows.js';

/**
 * Dollars per million tokens, in and out, for the models of RouterBench (Hu et al. 2024) at its time. Not looked up: those of
 * Mixtral and GPT-4 fit the costs in the rows, the others are remembered. `--price` puts in others.
 */
const listed: Readonly<Record<string, readonly [number, number]>> = {
  'mistralai/mistral-7b-chat': [0.2, 0.2],
  'WizardLM/WizardLM-13B-V1.2': [0.3, 0.3],
  'mistralai/mixtral-8x7b-chat': [0.6, 0.6],
  'mistralai/Mixtral-8x7B-Instruct-v0.1': [0.6, 0.6],
  'meta/code-llama-instruct-34b-chat': [0.776, 0.776],
  'zero-one-ai/Yi-34B-Chat': [0.8, 0.8],
  'claude-instant-v1': [0.8, 2.4],
  'meta/llama-2-70b-chat': [0.9, 0.9],
  'gpt-3.5-turbo-1106': [1, 2],
  'claude-v1': [8, 24],
  'claude-v2': [8, 24],
  'gpt-4-1106-preview': [10, 30],
};
/** Where a row has no costs, tokens are estimated from characters. */
const charactersPerToken = 4;

/** What a row's answers cost, in dollars. */
export interface Dollars {
  readonly weak: number;
  readonly strong: number;
}

/** Prices by model; those of the caller's own come first. */
export function pricesWith(own: readonly string[]): ReadonlyMap<string, readonly [number, number]> {
  const given = own.map((text): [string, readonly [number, number]] => {
    const [name = '', rates = ''] = text.split('=');
    const [input = Number.NaN, output = input] = rates.split('/').map(Number);
    if (!(input >= 0 && output >= 0))
      throw new Error(`Expected --price MODEL=IN/OUT in dollars per million, got '${text}'.`);
    return [name, [input, output]];
  });
  return new Map([...Object.entries(listed), ...given]);
}

/** The row's own costs; else estimated from lengths and list prices; `undefined` where neither is known. */
export function dollarsOf(
  row: CascadeRow,
  prices: ReadonlyMap<string, readonly [number, number]>,
): Dollars | undefined {
  const { weak_cost_usd: weak, strong_cost_usd: strong } = row;
  if (typeof weak === 'number' && typeof strong === 'number') return { weak, strong };
  const estimated = (model: string | undefined, answer: number | undefined): number | undefined => {
    const price = prices.get(model ?? '');
    if (!price || answer === undefined) return undefined;
    return (row.prompt.length * price[0] + answer * price[1]) / charactersPerToken / 1e6;
  };
  const [one, other] = [
    estimated(row.weak_model, row.weak_response_chars),
    estimated(row.strong_model, row.strong_response_chars),
  ];
  return one === undefined || other === undefined ? undefined : { weak: one, strong: other };
}
