import type { Ending, Work } from '../engine.js';
import type { ModelState, ServedFacts } from '../host.js';

/** What became of a request. */
export type Outcome = 'ok' | 'refused' | 'aborted' | 'failed';

/** Counts what was done, and tells Prometheus. */
export interface Metrics {
  readonly count: (model: string, outcome: Outcome) => void;
  readonly took: (model: string, ending: Partial<Ending>, facts: ServedFacts, work: Work | undefined) => void;
  /** @param now what is so at this moment, for each model */
  readonly text: (now: readonly ModelNow[]) => string;
}

export interface ModelNow {
  readonly model: string;
  readonly running: number;
  readonly waiting: number;
  readonly state: ModelState;
}

/** Upper bounds of the histograms' buckets, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] as const;

interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}

const counters = {
  prompt_tokens_total: 'Tokens of prompts.',
  cached_tokens_total: 'Of these, tokens that did not have to be read again.',
  output_tokens_total: 'Tokens written.',
  machine_seconds_total: 'Shares of the wall time in which the model worked.',
  cpu_seconds_total: 'Processor time of the model.',
  cost_usd_total: 'Cost at the price of a machine hour.',
} as const;
const histograms = {
  queue_seconds: 'Time from a request to its turn.',
  first_token_seconds: 'Time from its turn to its first token.',
  output_seconds: 'Time from its first token to its last.',
} as const;

type CounterName = keyof typeof counters;
type HistogramName = keyof typeof histograms;

export function createMetrics(): Metrics {
  const outcomes = new Map<string, Map<Outcome, number>>();
  const sums = new Map<string, Record<CounterName, number>>();
  const times = new Map<string, Record<HistogramName, Histogram>>();

  return {
    count: (model, outcome) => {
      const of = outcomes.get(model) ?? new Map<Outcome, number>();
      of.set(outcome, (of.get(outcome) ?? 0) + 1);
      outcomes.set(model, of);
    },
    took: (model, ending, facts, work) => {
      const sum = sums.get(model) ?? filled(counters, () => 0);
      sums.set(model, sum);
      sum.prompt_tokens_total += ending.promptTokens ?? 0;
      sum.cached_tokens_total += ending.cachedTokens ?? 0;
      sum.output_tokens_total += ending.outputTokens ?? 0;
      sum.machine_seconds_total += (work?.machineMs ?? 0) / 1000;
      sum.cpu_seconds_total += (work?.cpuMs ?? 0) / 1000;
      // For graphs: the exact figures are in the answers.
      sum.cost_usd_total += Number(facts.costPicoUsd ?? 0n) / 1e12;
      const time =
        times.get(model) ?? filled(histograms, (): Histogram => ({ counts: buckets.map(() => 0), sum: 0, count: 0 }));
      times.set(model, time);
      observe(time.queue_seconds, facts.queueMs / 1000);
      observe(time.first_token_seconds, facts.promptMs / 1000);
      observe(time.output_seconds, facts.outputMs / 1000);
    },
    text: (now) =>
      [
        ...family(
          'requests_total',
          'counter',
          'Requests by what became of them.',
          [...outcomes].flatMap(([model, of]) =>
            [...of].map(([outcome, count]) => line('requests_total', { model, outcome }, count)),
          ),
        ),
        ...family(
          'running',
          'gauge',
          'Requests under way.',
          now.map((each) => line('running', { model: each.model }, each.running)),
        ),
        ...family(
          'waiting',
          'gauge',
          'Requests that wait for a slot.',
          now.map((each) => line('waiting', { model: each.model }, each.waiting)),
        ),
        ...family(
          'loaded',
          'gauge',
          'Whether the model is loaded.',
          now.map((each) => line('loaded', { model: each.model }, each.state === 'ready' ? 1 : 0)),
        ),
        ...namesOf(counters).flatMap((name) =>
          family(
            name,
            'counter',
            counters[name],
            [...sums].map(([model, sum]) => line(name, { model }, sum[name])),
          ),
        ),
        ...namesOf(histograms).flatMap((name) =>
          family(
            name,
            'histogram',
            histograms[name],
            [...times].flatMap(([model, time]) => bucketLines(name, model, time[name])),
          ),
        ),
        '',
      ].join('\n'),
  };
}

function observe(histogram: Histogram, seconds: number): void {
  const at = buckets.findIndex((bound) => seconds <= bound);
  if (at >= 0) histogram.counts[at] = (histogram.counts[at] ?? 0) + 1;
  histogram.sum += seconds;
  histogram.count += 1;
}

function bucketLines(name: string, model: string, { counts, sum, count }: Histogram): string[] {
  let below = 0;
  const lines = buckets.map((bound, at) => {
    below += counts[at] ?? 0;
    return line(`${name}_bucket`, { model, le: String(bound) }, below);
  });
  return [
    ...lines,
    line(`${name}_bucket`, { model, le: '+Inf' }, count),
    line(`${name}_sum`, { model }, sum),
    line(`${name}_count`, { model }, count),
  ];
}

function family(name: string, type: string, help: string, lines: readonly string[]): string[] {
  return [`# HELP farthing_local_${name} ${help}`, `# TYPE farthing_local_${name} ${type}`, ...lines];
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const text = Object.entries(labels).map(([label, of]) => `${label}="${of.replaceAll(/["\\\n]/g, '_')}"`);
  return `farthing_local_${name}{${text.join(',')}} ${value}`;
}

function namesOf<Name extends string>(of: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(of) as Name[]; // constants of this file
}

function filled<Name extends string, Value>(
  of: Readonly<Record<Name, unknown>>,
  make: () => Value,
): Record<Name, Value> {
  // The keys are those of `of`.
  return Object.fromEntries(namesOf(of).map((name) => [name, make()])) as Record<Name, Value>;
}
