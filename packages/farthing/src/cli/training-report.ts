import { leastOutcomes } from '../routing/predictor/evidence.js';
import { everyRoute } from '../routing/predictor-file.js';
import { netLosses, type RouteFindings } from './route-findings.js';
import { textTable } from './text-table.js';
import { mostOutcomes, type TrainingRows } from './training-rows.js';

/** What the files held, and what of it can't be learned from. `learned`: outcomes that have a text. */
export function describeRows(rows: TrainingRows, files: number, learned: number): string {
  const { lines, callsWithText, ofOtherRoutes, faults } = rows;
  const all = Object.values(lines).reduce((sum, count) => sum + count, 0);
  const found = [...rows.outcomesOf.values()].reduce((sum, count) => sum + count, 0);
  const told = [
    `${counted(all, 'line')} in ${counted(files, 'file')}: ${counted(lines.row, 'row')}, ${counted(lines.outcome, 'outcome')}, ${counted(lines.call, 'call')} (${number(callsWithText)} with text), ${counted(lines.other, 'other record')}.`,
  ];
  const skipped = [
    ...(lines.torn > 0 ? [`${number(lines.torn)} torn (no JSON, or too long)`] : []),
    ...(lines.foreign > 0 ? [`${number(lines.foreign)} foreign`] : []),
    ...(lines.invalid > 0 ? [`${number(lines.invalid)} invalid`] : []),
    ...(ofOtherRoutes > 0 ? [`${number(ofOtherRoutes)} of other routes`] : []),
  ];
  if (skipped.length > 0) told.push(`Skipped: ${skipped.join(', ')}.`);
  for (const fault of faults) told.push(`  ${printable(fault)}`);
  for (const [route, count] of rows.outcomesOf)
    if (count === mostOutcomes) told.push(`Of route ${printable(route)}, the latest ${number(count)} outcomes.`);
  if (learned < found)
    told.push(
      `${counted(found - learned, 'outcome')} without the text of ${found - learned === 1 ? 'its' : 'their'} call: switch on recordText (\`createGate({ records, recordText: true })\`), and hand in all files of the record, rotated ones (.1, .2) too.`,
    );
  return told.join('\n');
}

/** A table of what was learned, and a sentence or two for each route. */
export function describeFindings(findings: readonly RouteFindings[]): string {
  const losses = netLosses.map((loss) => `loss ≤ ${percent(loss)}`);
  const head = ['route', 'outcomes', 'pairs', 'counted', 'apgr', 'at least', 'evidence', ...losses];
  const rows = findings.map((found) => {
    const { isEnough, apgr, atLeast, outcomes } = found.model.evidence;
    return [
      printable(found.route),
      number(found.outcomes),
      number(found.pairs),
      number(outcomes),
      figure(apgr),
      figure(atLeast),
      isEnough ? 'open' : 'shut',
      ...netLosses.map((_, index) => shareCell(found, index)),
    ];
  });
  return [
    textTable([head, ...rows]),
    '',
    'counted: outcomes of both targets, or of calls that chance sent to one. apgr: 0.5 is chance, 1 the best there is.',
    'loss: the share of calls that must go to the strong target, by the score / at random, so that the net loss of quality',
    'per call is proved (95 %) to be at most that.',
    '',
    ...findings.flatMap(sentencesFor),
  ].join('\n');
}

function shareCell({ shares, missing, model }: RouteFindings, index: number): string {
  const found = shares?.[index];
  if (!found) return `${number(missing)} more`;
  return `${model.evidence.isEnough ? percent(found.byScore) : '–'} / ${percent(found.atRandom)}`;
}

function sentencesFor({ route, quality, model: { evidence } }: RouteFindings): string[] {
  const told: string[] = [];
  if (quality)
    told.push(
      `the strong target's answers are worth ${figure(quality.strong)}, the weak one's ${figure(quality.weak)}.`,
    );
  const { isEnough, outcomes, atLeast } = evidence;
  if (isEnough) told.push('Evidence is open: scores tell calls apart, and a gate that loads this goes by them.');
  else if (outcomes < leastOutcomes)
    told.push(
      `Evidence is shut: ${number(outcomes)} outcomes count, ${number(leastOutcomes)} are the least. Content decides nothing.`,
    );
  else
    told.push(
      `Evidence is shut: scores may be no better than chance (${figure(atLeast)} is not over 0.50). Content decides nothing.`,
    );
  const name =
    route === everyRoute ? `${everyRoute} (rows that name no route: for each route without a model of its own)` : route;
  return [`${printable(name)}: ${told.join(' ')}`];
}

/** Names come from files: nothing in them may steer a terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?').slice(0, 200);
}

function counted(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}

function figure(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(2);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
