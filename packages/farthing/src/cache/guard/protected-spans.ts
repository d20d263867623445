/** A part of a question that is compared letter by letter: quoted text, code in backticks, a URL, an address, a path. */
export interface ProtectedSpan {
  readonly kind: 'quote' | 'code' | 'url';
  readonly text: string;
}

/** The text with each span replaced by a mark, and the spans in order. */
export interface ProtectedText {
  readonly text: string;
  readonly spans: readonly ProtectedSpan[];
}

/** Stands before a span's number; the private use area is cleared from the input first. */
export const spanMark = '\uE000';

const patterns: readonly (readonly [ProtectedSpan['kind'], RegExp, RegExp])[] = [
  ['code', /`/, /```([^`]{1,3000})```|`([^`]{1,2000})`/g],
  [
    'url',
    /:\/\/|www\./i,
    /\b(?:https?|ftp|s3|git|ssh|file|postgres|mysql|redis|mongodb):\/\/[^\s"'<>]+|\bwww\.[^\s"'<>]+/gi,
  ],
  ['url', /@/, /\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,6}(?::[\w./~-]{1,200})?/g],
  ['quote', /"/, /"([^"]{1,2000})"/g],
  ['quote', /'/, /(?<=^|[\s(:,])'([^\n]{1,1000}?)'(?=$|[\s.,;:!?)])/g],
  ['url', /\\/, /\b[A-Za-z]:\\[\w\\.$ -]*[\w$]|\\\\[\w\\.$-]+/g],
  ['url', /\//, /(?<=^|[\s(])(?:~|\.{1,2})?\/[\w.{}$:@-]+(?:\/[\w.{}$*:@-]*)*|(?<=\s)~\/\S+/g],
  ['url', /\//, /(?<=\b(?:under|in|into|at|from|path|folder|directory|file|dir) )(?!and\/or)[\w.-]+\/[\w./-]*\w/gi],
  ['url', /\d\.\d+\.\d/, /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}(?!\w)/g],
  ['url', / (?:\.{1,2}|-)(?=[\s?]|$)/, /(?<=\b(?:cd|ls|find|add|build|cp|mv|checkout) )(?:\.{1,2}|-{1,2})(?=[\s?]|$)/g],
  ['url', /\w\/(?=\s|$)/, /(?<=^|\s)[\w.-]+\/(?=\s|$)/g],
  [
    'url',
    /\w\.\w/,
    /\b(?:[a-z0-9-]{1,63}\.){1,6}(?:com|org|net|io|dev|edu|gov|co|uk|de|ai|app|fr|info|biz|me|tv|us|eu)\b(?:\/[^\s"'<>]*)?/gi,
  ],
  [
    'url',
    /\w\.\w/,
    /\b[\w-]{1,80}\.(?:py|js|ts|tsx|jsx|mjs|css|html?|json|ya?ml|toml|ini|cfg|conf|csv|tsv|xlsx?|docx?|pptx?|pdf|txt|md|log|sh|sql|xml|png|jpe?g|gif|svg|mp[34]|wav|zip|gz|tar|java|go|rs|rb|php|cpp|exe|dll|env|lock)\b/gi,
  ],
];

/** Takes the spans out of a text. */
export function protectSpans(text: string): ProtectedText {
  const spans: ProtectedSpan[] = [];
  let rest = text;
  for (const [kind, present, pattern] of patterns) {
    if (!present.test(rest)) continue;
    rest = rest.replace(pattern, (match: string, ...groups: unknown[]) => {
      const inner = groups.slice(0, -2).find((group): group is string => typeof group === 'string' && group !== '');
      let span = (inner ?? match).trim();
      if (kind === 'url') span = span.replace(/[.,;:!?)]+$/, '');
      if (span.includes(spanMark)) return match;
      spans.push({ kind, text: span });
      return ` ${spanMark}${spans.length - 1} `;
    });
  }
  return { text: rest, spans };
}
