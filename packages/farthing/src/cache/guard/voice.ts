import type { Alignment, Side } from './align.js';
import { governorOf } from './governor.js';
import type { Token } from './token.js';

/** One side is in the passive: do the roles agree all the same? */
export type PassiveRoles = 'none' | 'unknown' | 'agrees' | 'disagrees';

/** "I lend" and "lend me": the speaker has changed sides around one verb. */
export function readPronouns({ left, right, antonyms }: Alignment): [string, string][] {
  if (antonyms.length > 0) return [];
  for (const [token, { partner }] of left.links) {
    if (!partner || token.kind !== 'word' || token.frame) continue;
    if (isDone(left, token) && suffers(right, partner)) return [['i', 'me']];
    if (suffers(left, token) && isDone(right, partner)) return [['i', 'me']];
  }
  return [];
}

const textAt = (side: Side, index: number): string => side.question.tokens[index]?.text ?? '';

/** "Record me", and the speaker does it to nobody. */
function suffers(side: Side, verb: Token): boolean {
  return textAt(side, verb.index + 1) === 'me' && textAt(side, verb.index - 1) !== 'i';
}

/** "I record", "am I allowed to record": the speaker does it. */
function isDone(side: Side, verb: Token): boolean {
  if (textAt(side, verb.index + 1) === 'me') return false;
  if (textAt(side, verb.index - 1) === 'i') return true;
  const { tokens } = side.question;
  const speaker = tokens.findIndex((token) => token.text === 'i');
  return (
    textAt(side, verb.index - 1) === 'to' &&
    speaker >= 0 &&
    speaker < verb.index &&
    !tokens.slice(speaker, verb.index).some((token) => token.clause !== verb.clause || token.text === 'get') &&
    !tokens.some((token) => token.text === 'me')
  );
}

const beForms = /^(?:is|are|was|were|be|been|being|get|gets|got)$/;

/** Has the verb of the passive a counterpart? Who painted a thing is not by whom it was sold. */
function participleCorresponds({ question: { tokens }, links }: Side): boolean {
  const be = tokens.findIndex((token) => beForms.test(token.text));
  const by = tokens.findIndex((token, at) => at > be && token.text === 'by');
  const verbs = tokens
    .slice(be + 1, by > be ? by : undefined)
    .filter((token) => token.kind === 'word' && token.content);
  const verb = verbs.at(-1);
  return verb === undefined || links.has(verb);
}

/** In the passive the agent stands behind "by"; in the active it stands before the verb. */
export function readPassive({ left, right }: Alignment): PassiveRoles {
  const [passive, active] = left.question.stance.passive ? [left, right] : [right, left];
  const { tokens } = passive.question;
  if (!participleCorresponds(passive)) return 'unknown';
  if (/\bby (?:whom|which|what)\b/.test(passive.question.text)) return 'agrees';
  const by = tokens.findIndex((token) => token.text === 'by');
  const agent = tokens.find((token) => token.index > by && token.content);
  // "What is meant by X?" has no agent.
  if (/\b(?:meant|understood) by\b/.test(passive.question.text)) return 'unknown';
  // "By banning notes" says how, not who.
  if (agent?.text.endsWith('ing')) return 'unknown';
  const agentInActive = agent && passive.links.get(agent)?.partner;
  if (by < 0 || !agent || !agentInActive) return 'unknown';
  if (governorOf(active, agentInActive) === '^') return 'agrees';
  const patient = tokens.find((token) => token.content && !token.frame && passive.links.get(token)?.partner);
  const patientInActive = patient && passive.links.get(patient)?.partner;
  return patientInActive &&
    patientInActive !== agentInActive &&
    governorOf(active, patientInActive) === '^' &&
    patientInActive.index < agentInActive.index
    ? 'disagrees'
    : 'unknown';
}
