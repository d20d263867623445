/** An answer that says so is no answer: what opens it or closes it, not what it may quote in between. */
const hedges: readonly RegExp[] = [
  /\bI(?:'m| am) (?:not|un)\s?(?:entirely |completely |quite |really |100% )?(?:sure|certain|confident)\b/i,
  /\bI (?:don't|do not) (?:actually |really )?(?:know|have (?:access|information|enough (?:information|context|data)|the (?:information|data|context|ability)|any (?:information|data))|recall|remember)\b/i,
  /\bI(?: am|'m)? (?:can't|cannot|unable to|not able to) (?:determine|tell|verify|access|find|answer|confirm|provide (?:a definitive|an? (?:exact|accurate)))\b/i,
  /\bI have no (?:information|knowledge|access|idea|way of knowing)\b/i,
  /\bas an AI\b/i,
  /\bas a(?:n?)? (?:large )?language model\b/i,
  /\bmy (?:knowledge|training) (?:cut-?off|only goes|data (?:only )?(?:goes|ends))/i,
  /\b(?:it is|it's) (?:impossible|not possible|difficult|hard) to (?:say|tell|determine|know)\b/i,
  /\b(?:there is|there's) (?:not enough|insufficient) (?:information|context|data)\b/i,
  /\b(?:I could be|I might be|I may be) (?:wrong|mistaken)\b/i,
  /\bplease (?:double-?check|verify) (?:this|my|the) (?:answer|result|calculation)/i,
];

/** What a refusal in words begins with. */
const refusals: readonly RegExp[] = [
  /^(?:I'm|I am|we're|we are) (?:very |so |really |truly )?sorry,? (?:but |that )?(?:I|we)(?:'m| am| are)? (?:can't|cannot|can not|won't|am unable|unable|not able)/i,
  /^(?:sorry|unfortunately|apologies|my apologies)[,.]? (?:but )?I(?:'m| am)? (?:can't|cannot|can not|won't|unable|not able)/i,
  /^I (?:can't|cannot|can not|won't|will not|must decline to|have to decline|am (?:unable|not able) to|'m (?:unable|not able) to) (?:assist|help|comply|provide|fulfil|fulfill|engage|discuss|answer|create|generate|write|do that)/i,
  /^I(?:'m| am) (?:unable|not able) to (?:assist|help|comply|provide|fulfil|fulfill|engage|discuss|answer|create|generate|write)/i,
  /^I (?:apologi[sz]e,? but I|regret that I) (?:can't|cannot|am unable)/i,
];

/** So far at each end is looked. */
const window = 400;
const quotes = /[\u2018\u2019]/g;

/** Whether the leading or closing sentences say that the model does not know. English. */
export function isHedged(text: string): boolean {
  const read = text.trim().replace(quotes, "'");
  const ends = read.length <= 2 * window ? read : `${read.slice(0, window)}\n${read.slice(-window)}`;
  const sentences = ends.split(/(?<=[.!?])\s+|\n+/);
  const edge = sentences.length <= 4 ? sentences : [...sentences.slice(0, 2), ...sentences.slice(-2)];
  return edge.some((sentence) => hedges.some((hedge) => hedge.test(sentence)));
}

/** Whether a text says no to what was asked, in its first words. English. */
export function isRefusal(text: string): boolean {
  const start = text.slice(0, window).trimStart().replace(quotes, "'");
  return refusals.some((refusal) => refusal.test(start));
}
