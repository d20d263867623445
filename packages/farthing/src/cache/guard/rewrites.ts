import { cardinals, months, smallNumber } from './number-words.js';

type Rewrite = readonly [RegExp, string | ((match: string, ...groups: string[]) => string)];

/** Contractions written out, and phrases with one meaning made one word. Each applies to lower case. */
const phrases: readonly Rewrite[] = [
  [/\bain't\b/g, 'is not'],
  [/\bcan'?t\b|\bcannot\b/g, 'can not'],
  [/\bwon't\b/g, 'will not'],
  [/\bshan't\b/g, 'shall not'],
  [/n't\b/g, ' not'],
  [/\b(do|does|did|is|was|were|are|has|have|had|would|could|should)nt\b/g, '$1 not'],
  [/\bi'?m\b/g, 'i am'],
  [/'re\b/g, ' are'],
  [/'ve\b/g, ' have'],
  [/'ll\b/g, ' will'],
  [/\b(who|what|where|when|how|why)'(?:s|d)\b/g, '$1 is'],
  [/\b(whats|wheres|whos|hows)\b/g, (match) => `${match.slice(0, -1)} is`],
  [/\b(it|he|she|that|there|here)'s\b/g, '$1 is'],
  [/'d\b/g, ' would'],
  [/'s\b/g, ''],
  [/s'(?=\s|$)/g, 's'],
  [/\bwi-?fi\b/g, 'wifi'],
  [/\be-mail/g, 'email'],
  [/\btl;? ?dr\b/g, 'tldr'],
  [/\bin-? ?depth\b/g, 'in-depth'],
  [/\bat length\b/g, 'at-length'],
  [/\bstep by step\b/g, 'step-by-step'],
  [/\bright (?:now|away)\b|\bat the moment\b|\bat present\b|\bas of now\b/g, 'now'],
  [/\bas well as\b/g, 'and'],
  [/\bnot only\b|\bwhether or not\b|\bno matter\b|\bwhy not\b|\bno problem\b|\bno worries\b|\bif not\b/g, ' '],
  [/\b(?:fail|fails|failed|failing) to\b|\binstead of\b|\brather than\b|\bother than\b/g, 'not'],
  [/\b(and|or) (?:no|not)\b/g, '$1'],
  [/\bno longer\b|\bno more\b(?! than)/g, 'not'],
  [/\bnot (?:have|need) to\b/g, 'not need to'],
  [/\bgeneral[- ]purpose\b/g, 'general'],
  [
    /\b(\w{2,20})-free\b/g,
    (match, what) =>
      /^(?:for|is|are|be|it|get|toll|duty|symptom|tax|debt|hands|scot|care|rent)$/.test(what)
        ? match
        : `without ${what}`,
  ],
  [/\bnumbers? of\b/g, 'how many'],
  [/\bthe amount of\b/g, 'how much'],
  [
    /\bin (?:which|what) year\b|\bwhat year\b|\bwhich year\b|\bat what time\b|\bwhat time\b|\bon what date\b|\bwhat date\b|\bin which month\b/g,
    'when',
  ],
  [
    /\bwhat (?:causes|caused|is causing|is the (?:main )?(?:cause|reason) (?:of|for|behind|that))\b|\bthe reasons? (?:for|behind|why|that)\b/g,
    'why',
  ],
  [/\bwho is the (?:author|writer) of\b/g, 'who wrote'],
  [/\bwho is the (?:inventor) of\b/g, 'who invented'],
  [/\bwho is the (?:founder) of\b/g, 'who founded'],
  [/\bwhat is the (?:lifespan|life expectancy) of\b/g, 'how long live'],
  [/\bhow come\b|\bfor what reason\b/g, 'why'],
  [/\b(?:in|at|to) (?:what|which) (?:place|location)\b/g, 'where'],
  [/\bget rid of\b/g, 'remove'],
  [/\bturns? (?:on|off)\b/g, (match) => (match.endsWith('on') ? 'enable' : 'disable')],
  [/\bswitch(?:es)? (on|off)\b/g, (_, which) => (which === 'on' ? 'enable' : 'disable')],
  [/\b(?:at least|no (?:less|fewer) than|not (?:less|fewer) than)\b/g, 'minimum'],
  [/\b(?:at most|no more than|not more than|up to(?= \d))\b/g, 'maximum'],
  [/\b(?:more|greater|higher|larger|bigger) than\b(?= \S{0,3}\d)/g, 'over'],
  [/\b(?:less|fewer|lower|smaller) than\b(?= \S{0,3}\d)/g, 'under'],
  [/\bnot? (?:more|less) than\b/g, (match) => (match.includes('more') ? 'maximum' : 'minimum')],
  [/\bbecause of\b|\bdue to\b|\bowing to\b/g, 'because'],
  [/\bin order to\b|\bso as to\b/g, 'to'],
  [/\beven though\b|\bdespite the fact that\b/g, 'although'],
  [/\ba lot of\b|\blots of\b|\bloads of\b|\bplenty of\b|\ba great many\b/g, 'many'],
  [/\ba couple of\b/g, 'two'],
  [/\bthe united kingdom\b|\bgreat britain\b|\bu\.k\./g, 'uk'],
  [/\bthe united states(?: of america)?\b|\bunited states(?: of america)?\b|\bu\.s\.a?\.?(?=[\s,?!]|$)/g, 'usa'],
];

const units: readonly Rewrite[] = [
  [/\bdegrees? (celsius|centigrade|c)\b|°\s?c\b/g, ' celsius'],
  [/\bdegrees? (fahrenheit|f)\b|°\s?f\b/g, ' fahrenheit'],
  [/\bpounds per square inch\b/g, 'psi'],
  [/\bkm\/h\b|\bkilomet(?:er|re)s? (?:per|an) hour\b/g, 'kmh'],
  [/\bmiles (?:per|an) hour\b/g, 'mph'],
  [/\bm\/s\b|\bmet(?:er|re)s? per second\b/g, 'mps'],
  [
    /\b(square|cubic|sq\.?) (met(?:er|re)s?|feet|foot|ft|inch(?:es)?|km|kilomet(?:er|re)s?|miles?|m)\b/g,
    (_, power, unit) =>
      (power === 'cubic' ? 'cubic' : 'square') + ({ ft: 'feet', m: 'meter', km: 'kilometer' }[unit] ?? unit),
  ],
  [/\bfluid ounces?\b|\bfl\.? ?oz\b/g, 'floz'],
  [/\bnautical miles?\b/g, 'nmi'],
  [/\bswiss francs?\b/g, 'chf'],
  [/\bdanish kron\w+\b/g, 'dkk'],
  [/\bnorwegian kron\w+\b/g, 'nok'],
  [/\bswedish kron\w+\b/g, 'sek'],
  [/\b(?:us|american) dollars?\b/g, 'usd'],
  [
    /\b(canadian|australian|singapore|new zealand|hong kong) dollars?\b/g,
    (_, of) => ({ canadian: 'cad', australian: 'aud', singapore: 'sgd', 'new zealand': 'nzd' })[of] ?? 'hkd',
  ],
  [/\b(?:british pounds?|pounds? sterling)\b/g, 'gbp'],
];

const decades: Readonly<Record<string, number>> = {
  twenties: 20,
  thirties: 30,
  forties: 40,
  fifties: 50,
  sixties: 60,
  seventies: 70,
  eighties: 80,
  nineties: 90,
};

function clock(hour: number, minute: string | number, half = ''): string {
  const afternoon = half.startsWith('p') || half === 'afternoon' || half === 'evening' || half === 'night';
  const hours = half === '' ? hour : (hour % 12) + (afternoon ? 12 : 0);
  return ` time:${hours}:${String(minute).padStart(2, '0')} `;
}

const clockWords: readonly Rewrite[] = [
  [
    /\bhalf past (\w+)(?: in the (morning|afternoon|evening))?/g,
    (match, word, half) => clockFrom(match, word, 30, half),
  ],
  [
    /\bquarter past (\w+)(?: in the (morning|afternoon|evening))?/g,
    (match, word, half) => clockFrom(match, word, 15, half),
  ],
  [
    /\bquarter to (\w+)(?: in the (morning|afternoon|evening))?/g,
    (match, word, half) => clockFrom(match, word, 45, half, -1),
  ],
  [/\b(\w+) o'?clock(?: in the (morning|afternoon|evening))?/g, (match, word, half) => clockFrom(match, word, 0, half)],
  [/\b(?:at )?noon\b/g, ' time:12:00 '],
  [/\bmidnight\b/g, ' time:0:00 '],
  [
    /\b(first|second|third|fourth) quarter\b/g,
    (_, which) => `quarter ${['first', 'second', 'third', 'fourth'].indexOf(which) + 1}`,
  ],
  [/\b(twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)\b/g, (match) => `19${decades[match]}s`],
  [/\ba (hundred|thousand|million|billion|dozen)\b/g, 'one $1'],
  [/(?<=\b(?:the|a|my|your|his|her|our|their) )second\b(?! half)/g, '2nd'],
  [
    /\b(ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty) (ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)\b/g,
    (_, high, low) =>
      String(
        (cardinals.get(high) ?? 0) * 100 + low.split(/[- ]/).reduce((sum, word) => sum + (cardinals.get(word) ?? 0), 0),
      ),
  ],
];

function clockFrom(match: string, word: string, minute: number, half: string | undefined, shift = 0): string {
  const hour = smallNumber(word);
  return hour === undefined ? match : clock(hour + shift, minute, half ?? '');
}

const digits: readonly Rewrite[] = [
  [/(\d),(?=\d{3}(?!\d))/g, '$1'],
  [/(?<=\d) (?=000\b)/g, ''],
  [/\b(\d{1,2})(?::(\d\d))?\s*([ap])\.?m\b\.?/g, (_, hour, minute, half) => clock(Number(hour), minute ?? '00', half)],
  [/(?<![\d:])(\d{1,2}):(\d\d)(?![\d:])/g, (_, hour, minute) => clock(Number(hour), minute)],
  [/\b(?:at )(\d{1,2}) in the (morning|afternoon|evening)\b/g, (_, hour, half) => clock(Number(hour), '00', half)],
  [/\bq([1-4])\b/g, ' quarter $1 '],
  [/(?:\bthe |')(\d0)s\b/g, ' 19$1s'],
  [
    /\b(\d{1,2})\/(\d{1,2})\/(\d{4})\b/g,
    (match, first, second, year) => {
      if (Number(first) > 12 && Number(second) <= 12)
        return ` ${first} ${months[Number(second) - 1] ?? second} ${year} `;
      if (Number(second) > 12 && Number(first) <= 12)
        return ` ${second} ${months[Number(first) - 1] ?? first} ${year} `;
      return match;
    },
  ],
  [/\b(\d{1,2})(?:st|nd|rd|th) century\b/g, (_, century) => `${Number(century) - 1}00s`],
  [/\b1st\b/g, 'first'],
  [/\b(\d{1,6})(?:st|nd|rd|th)\b/g, '$1'],
  [
    /(?<![\d/])(\d{1,5})\s?\/\s?(\d{1,5})(?![\d/])/g,
    (match, above, below) => (Number(below) > 0 ? ` frac:${above}:${below} ` : match),
  ],
  [
    /\b(\d{4})-(\d\d)-(\d\d)\b/g,
    (match, year, month, day) => {
      const name = months[Number(month) - 1];
      return name === undefined ? match : ` ${name} ${Number(day)} ${year} `;
    },
  ],
  [
    /([$€£¥₹₩₽₫₺])\s?(\d[\d.]{0,15})\s?(k|m|mn|bn|b|t|million|billion|thousand|trillion)?\b/g,
    (_, sign, amount, scale) => ` ${amount} ${scale ? (scales[scale] ?? scale) : ''} ${sign} `,
  ],
  [/\b(\d[\d.]{0,15})(k|mn|bn)\b/g, (_, amount, scale) => `${amount} ${scales[scale] ?? scale}`],
  [/(\d)\s?%/g, '$1 percent '],
  [
    /\b(\d{1,12}(?:\.\d{1,6})?)(mg|mcg|ug|g|kg|lbs?|oz|mm|cm|km|ft|ml|cl|dl|l|kb|mb|gb|tb|mi|gi|mib|gib|ms|s|min|mins|h|hrs?|c|f|w|kw|kwh|mph|kmh|psi|mbps|gbps|kcal|cal|hz|khz|mhz|ghz|px|v|mah|m)\b/g,
    '$1 $2',
  ],
  [/\b(\d{1,2})'\s?(\d{1,2})"?/g, (_, feet, inches) => `${feet} feet ${inches} inches`],
  [/(\d)-([a-z]+)-([a-z]+)/g, '$1 $2 $3'],
  [/(\d)-(?=[a-z])/g, '$1 '],
];

const scales: Readonly<Record<string, string>> = {
  k: 'thousand',
  m: 'million',
  mn: 'million',
  bn: 'billion',
  b: 'billion',
  t: 'trillion',
};

function apply(text: string, rewrites: readonly Rewrite[]): string {
  let rewritten = text;
  for (const [pattern, replacement] of rewrites) {
    rewritten =
      typeof replacement === 'string'
        ? rewritten.replace(pattern, replacement)
        : rewritten.replace(pattern, replacement);
  }
  return rewritten;
}

const clockHint = /half|quarter|clock|noon|midnight|ies\b|\ba [htmbd]|second|een\b|ten\b|twelve|eleven|twenty/;
const unitHint = /degree|°|square|cubic|sq|pounds|per|an hour|\/|fl|fran|kron|dollar|british|nautical/;

/** A question in lower case with contractions, times, dates, money and common phrases written one way. */
export function rewriteText(lowerCase: string): string {
  let text = apply(lowerCase, phrases);
  if (unitHint.test(text)) text = apply(text, units);
  if (clockHint.test(text)) text = apply(text, clockWords);
  if (/\d/.test(text)) text = apply(text, digits);
  return text;
}
