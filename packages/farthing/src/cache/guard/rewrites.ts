import { cardinals, months, smallNumber } from './number-words.js';
import { phrases } from './phrases.js';
import { applyAll, type Rewrite } from './rewrite-list.js';

const powers: Readonly<Record<string, string>> = {
  m: 'meter',
  km: 'kilometer',
  ft: 'feet',
  in: 'inch',
  cm: 'centimeter',
};

const units: readonly Rewrite[] = [
  [
    /(?<=\d|\b)(m|km|ft|cm|in)(?:\^?)([23])\b/g,
    (_, unit = '', power = '') => ` ${power === '3' ? 'cubic' : 'square'}${powers[unit]}`,
  ],
  [/\bparts? per million\b/g, 'ppm'],
  [/\bparts? per billion\b/g, 'ppb'],
  [/\bdegrees? (celsius|centigrade|c)\b|°\s?c\b/g, ' celsius'],
  [/\bdegrees? (fahrenheit|f)\b|°\s?f\b/g, ' fahrenheit'],
  [/\bpounds per square inch\b/g, 'psi'],
  [/\bkm\/h\b|\bkilomet(?:er|re)s? (?:per|an) hour\b/g, 'kmh'],
  [/\bmiles (?:per|an) hour\b/g, 'mph'],
  [/\bkm\/s\b|\bkilomet(?:er|re)s? per second\b/g, 'kmps'],
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
  [/\b(?:usa?|american) dollars?\b/g, 'usd'],
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
    /\b(first|second|third|fourth)[- ]quarter\b/g,
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
  [/(?<![\w.])\.(?=\d)/g, '0.', '.'],
  [/(?<=^|[\s(,=])-(?=\d)|(?<![\d)] ?)\b(?:minus|negative) (?=\d)/g, 'neg', '-', 'minus', 'negative'],
  [
    /\b(\d+(?:\.\d+)?) ?(?:x|×|by) ?(\d+(?:\.\d+)?)(?: ?(?:x|×|by) ?(\d+(?:\.\d+)?))? ?(mm|cm|m|km|in|inches|ft|feet|px)\b/g,
    (_, one, other, third, unit) =>
      [one, other, third]
        .filter(Boolean)
        .map((size) => `${size} ${unit}`)
        .join(' by '),
    'x',
    '×',
    'by',
  ],
  [/(?<=\d) ?fps\b/g, ' frames per second', 'fps'],
  [/\b(\d*\s?(?:[kmgt]b|[kmg]bit))\/s\b/g, '$1 per second', '/s'],
  [/\b(?:from|since) ((?:1\d|20)\d\d) on(?:wards?)?\b/g, 'since $1', 'from ', 'since '],
  [/\bup to ((?:1\d|20)\d\d)\b/g, 'until $1', 'up to '],
  [/(\d)[,'’](?=\d{3}(?!\d))/g, '$1', ',', "'", '’'],
  [/(?<=\d) (?=000\b)/g, '', ' 000'],
  [
    /\b(\d{1,2})(?:[:.](\d\d))?\s*([ap])\.?m\b\.?/g,
    (_, hour, minute, half) => clock(Number(hour), minute ?? '00', half),
    'am',
    'pm',
    'a.m',
    'p.m',
  ],
  [/(?<![\d:])(\d{1,2}):(\d\d)(?![\d:])/g, (_, hour, minute) => clock(Number(hour), minute), ':'],
  [
    /\b(?:at )(\d{1,2}) in the (morning|afternoon|evening)\b/g,
    (_, hour, half) => clock(Number(hour), '00', half),
    'in the ',
  ],
  [/\bq([1-4])\b/g, ' quarter $1 ', 'q'],
  [/(?:\bthe |')(\d0)s\b/g, ' 19$1s', '0s'],
  [
    /\b(\d{1,2})\/(\d{1,2})\/(\d{4})\b/g,
    (match, first, second, year) => {
      if (Number(first) > 12 && Number(second) <= 12)
        return ` ${first} ${months[Number(second) - 1] ?? second} ${year} `;
      if (Number(second) > 12 && Number(first) <= 12)
        return ` ${second} ${months[Number(first) - 1] ?? first} ${year} `;
      return match;
    },
    '/',
  ],
  [/\b(\d{1,2})(?:st|nd|rd|th) century\b/g, (_, century) => `${Number(century) - 1}00s`, 'century'],
  [
    /(?<!\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6} )\b1st\b(?! (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))/g,
    'first',
    '1st',
  ],
  [/\b(\d{1,6})(?:st|nd|rd|th)\b/g, '$1', 'st', 'nd', 'rd', 'th'],
  [
    /(?<![\d/])(\d{1,5})\s?\/\s?(\d{1,5})(?![\d/])/g,
    (match, above, below) => (Number(below) > 0 ? ` frac:${above}:${below} ` : match),
    '/',
  ],
  [
    /\b(\d{4})-(\d\d)-(\d\d)\b/g,
    (match, year, month, day) => {
      const name = months[Number(month) - 1];
      return name === undefined ? match : ` ${name} ${Number(day)} ${year} `;
    },
    '-',
  ],
  [
    /([$€£¥₹₩₽₫₺])\s?(\d[\d.]{0,15})\s?(k|m|mn|bn|b|t|million|billion|thousand|trillion|lakhs?|crores?)?\b/g,
    (_, sign, amount, scale) => ` ${amount} ${scale ? (scales[scale] ?? scale) : ''} ${sign} `,
    ...'$€£¥₹₩₽₫₺',
  ],
  [/\b(\d[\d.]{0,15})(k|mn|bn)\b/g, (_, amount, scale) => `${amount} ${scales[scale] ?? scale}`],
  [/(\d)\s?%/g, '$1 percent ', '%'],
  [
    /\b(\d{1,12}(?:\.\d{1,6})?)(mg|mcg|ug|g|kg|lbs?|oz|mm|cm|km|ft|ml|cl|dl|l|kb|mb|gb|tb|mi|gi|mib|gib|ms|s|min|mins|h|hrs?|c|f|w|kw|kwh|mph|kmh|psi|mbps|gbps|kcal|cal|hz|khz|mhz|ghz|px|v|mah|m)\b/g,
    '$1 $2',
  ],
  [/\b(\d{1,2})'\s?(\d{1,2})"?/g, (_, feet, inches) => `${feet} feet ${inches} inches`, "'"],
  [/(\d)-([a-z]+)-([a-z]+)/g, '$1 $2 $3', '-'],
  [/(\d)-(?=[a-z])/g, '$1 ', '-'],
];

const scales: Readonly<Record<string, string>> = {
  k: 'thousand',
  m: 'million',
  mn: 'million',
  bn: 'billion',
  b: 'billion',
  t: 'trillion',
};

const rewritePhrases = applyAll(phrases);
const rewriteUnits = applyAll(units);
const rewriteClockWords = applyAll(clockWords);
const rewriteDigits = applyAll(digits);

const clockHint = /half|quarter|clock|noon|midnight|ies\b|\ba [htmbd]|second|een\b|ten\b|twelve|eleven|twenty/;
const unitHint =
  /degree|°|square|cubic|sq|pounds|per|an hour|\/|\b(?:m|km|ft|cm|in)\^?[23]\b|fl|fran|kron|dollar|british|nautical/;

/** A question in lower case with contractions, times, dates, money and common phrases written one way. */
export function rewriteText(lowerCase: string): string {
  let text = rewritePhrases(lowerCase);
  if (unitHint.test(text)) text = rewriteUnits(text);
  if (clockHint.test(text)) text = rewriteClockWords(text);
  if (/\d/.test(text)) text = rewriteDigits(text);
  return text;
}
