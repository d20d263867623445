import type { BoundReport } from './bound-report.js';

/** A report in one sentence for people, e.g. "Proving 1 %: 212 of about 400 clean audits; 1 failure seen." */
export function describeBound(report: BoundReport): string {
  const { state, maxErrorRate, confidence, audits, failures, estimate, bound, nextProof } = report;
  const target = percent(maxErrorRate);
  const progress = nextProof
    ? `${count(nextProof.audits)} of about ${count(nextProof.need)} clean audits; ${failuresSeen(nextProof.failures)}`
    : 'collecting scores';
  const seen = `${count(audits)} audits, ${count(failures)} wrong${estimate === undefined ? '' : ` (${percent(estimate)})`}`;
  switch (state) {
    case 'proving':
      return `Proving ${target}: ${progress}.`;
    case 'revoked':
      return `Error rose, serving paused, proving ${target} again: ${progress}.`;
    case 'unproved':
      return `Serving unproved from ${report.threshold}: ${seen}, at most ${percent(bound)} (${percent(confidence)}). Proving ${target}: ${progress}.`;
    case 'proved':
      return `At most ${target} wrong among served (${percent(confidence)}), from ${seen}; this threshold: at most ${percent(bound)}.`;
    case 'unprovable':
      return `Cannot be proved at ${target}: measured ${estimate === undefined ? 'nothing' : percent(estimate)} at ${report.measuredAt}, from ${count(audits)} audits.`;
  }
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function failuresSeen(failures: number): string {
  return failures === 1 ? '1 failure seen' : `${count(failures)} failures seen`;
}
