import type { Alignment, Side } from './align.js';
import { governorOf } from './governor.js';

/** One side is in the passive: do the roles agree all the same? */
export type PassiveRoles = 'none' | 'unknown' | 'agrees' | 'disagrees';

/** "I lend" and "lend me": the speaker has changed sides around one verb. */
export function readPronouns({ left, right, antonyms }: Alignment): [string, string][] {
  if (antonyms.length > 0) return [];
  const at = (side: Side, index: number, word: string): boolean => side.question.tokens[index]?.text === word;
  for (const [token, { partner }] of left.links) {
    if (!partner || token.kind !== 'word' || token.frame) continue;
    const active =
      at(left, token.index - 1, 'i') &&
      !at(left, token.index + 1, 'me') &&
      at(right, partner.index + 1, 'me') &&
      !at(right, partner.index - 1, 'i');
    const reversed =
      at(right, partner.index - 1, 'i') &&
      !at(right, partner.index + 1, 'me') &&
      at(left, token.index + 1, 'me') &&
      !at(left, token.index - 1, 'i');
    if (active || reversed) return [['i', 'me']];
  }
  return [];
}

/** In the passive the agent stands behind "by"; in the active it stands before the verb. */
export function readPassive({ left, right }: Alignment): PassiveRoles {
  const [passive, active] = left.question.stance.passive ? [left, right] : [right, left];
  if (/\bby (?:whom|which|what)\b/.test(passive.question.text)) return 'agrees';
  const { tokens } = passive.question;
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
