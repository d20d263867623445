/** Words that say how many of a thing are meant, by what they amount to. */
const kinds: Readonly<Record<string, string>> = {
  universal: 'all every each whole entire everything everyone everybody complete both',
  existential: 'handful some few several many most multiple various any a_few',
  restricted: 'only one single first last half part just sole',
  none: 'none neither nobody nothing',
  alternative: 'either',
  alternating: 'every-other',
  remainder: 'rest remainder remaining',
};

const kindOf = new Map<string, string>();
for (const [kind, words] of Object.entries(kinds)) for (const word of words.split(' ')) kindOf.set(word, kind);

/** What a quantifier amounts to; words that are none have no kind. */
export function quantifierKind(word: string): string | undefined {
  return kindOf.get(word);
}
