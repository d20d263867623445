import { cardinals, months, smallNumber } from './number-words.js';
import { applyAll, type Rewrite } from './rewrite-list.js';

const frequencies: Readonly<Record<string, string>> = {
  day: 'daily',
  week: 'weekly',
  month: 'monthly',
  year: 'yearly',
};

const centuries: readonly string[] =
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first'.split(
    ' ',
  );

const halves: Readonly<Record<string, string>> = {
  dozen: '6',
  hundred: '50',
  thousand: '500',
  million: '500000',
  billion: '500000000',
};

/** Contractions written out, and phrases with one meaning made one word. Each applies to lower case. */
const phrases: readonly Rewrite[] = [
  [/\b(?:only |just )?(?:a )?yes or no(?: only)?\b/g, 'yes-no', 'yes or no'],
  [/\bain't\b/g, 'is not', "ain't"],
  [/\bcan'?t\b|\bcannot\b/g, 'can not', 'can'],
  [/\bwon't\b/g, 'will not', "won't"],
  [/\bshan't\b/g, 'shall not', "shan't"],
  [/n't\b/g, ' not', "n't"],
  [/\b(do|does|did|is|was|were|are|has|have|had|would|could|should)nt\b/g, '$1 not', 'nt'],
  [/\bi'?m\b/g, 'i am', "i'm", ' im '],
  [/'re\b/g, ' are', "'re"],
  [/'ve\b/g, ' have', "'ve"],
  [/'ll\b/g, ' will', "'ll"],
  [/\b(who|what|where|when|how|why)'(?:s|d)\b/g, '$1 is', "'"],
  [/\b(whats|wheres|whos|hows)\b/g, (match) => `${match.slice(0, -1)} is`, 'ts', 'es', 'os', 'ws'],
  [/\b(it|he|she|that|there|here)'s\b/g, '$1 is', "'s"],
  [/'d\b/g, ' would', "'d"],
  [/'s\b/g, '', "'s"],
  [/s'(?=\s|$)/g, 's', "s'"],
  [/\bwi-?fi\b/g, 'wifi', 'fi'],
  [/\bwith out\b/g, 'without', 'with out'],
  [/\bnon (?=[a-z]{3})/g, 'non-', 'non '],
  [/\b(?:third|3rd)[- ]part(?:y|ies)\b/g, 'third-party', 'part'],
  [/\b(first|second)[- ]hand\b/g, '$1-hand', 'hand'],
  [/\b(?:lesser|less|little)[- ]known\b/g, 'unknown', 'known'],
  [/\ball of a sudden\b/g, 'suddenly', 'sudden'],
  [/\b(\w+) before last\b/g, 'beforelast $1', 'before last'],
  [
    /\b(an?|one|two|three|four|five|six|\d+) (minutes?|hours?|days?|weeks?|months?|years?) from (?:now|today)\b/g,
    'in $1 $2',
    'from now',
    'from today',
  ],
  [/\b(?:the )?day after tomorrow\b/g, 'overmorrow', 'after tomorrow'],
  [/\b(?:the )?day before yesterday\b/g, 'ereyesterday', 'before yesterday'],
  [/\bmondays? (?:to|through|until|till|thru) fridays?\b|\bmon-fri\b/g, 'weekday', 'mon'],
  [/\bone day(?=\s*(?:[?.!,]|$))/g, 'someday', 'one day'],
  [/\b9\/11\b/g, 'nine-eleven', '9/11'],
  [/\b(\d{3})\((\w)\)/g, '$1$2', '('],
  // "How many steps in a day" counts a rate; "ready in a day" is a time.
  [
    /\b(how (?:many|much)\b[^.?!]{1,80}) in a (day|week|month|year)\b/g,
    (_, asked = '', span = '') => `${asked} ${frequencies[span]}`,
    ' in a ',
  ],
  [
    /\b(in|within|for|takes?|lasts?|after|under) an? (second|minute|hour|day|week|month|year)\b/g,
    '$1 1 $2',
    ' a ',
    ' an ',
  ],
  [/\be-mail/g, 'email', 'e-mail'],
  [/\btl;? ?dr\b/g, 'tldr', 'tl'],
  [/\bin-? ?depth\b/g, 'in-depth', 'depth'],
  [/\bat length\b/g, 'at-length', 'at length'],
  [/\bstep by step\b/g, 'step-by-step', 'step by'],
  [
    /\bright (?:now|away)\b|\bat the moment\b|\bat present\b|\bas of now\b/g,
    'now',
    'right ',
    'moment',
    'present',
    'as of',
  ],
  [/\bas well as\b/g, 'and', 'as well'],
  [
    /\bnot only\b|\bwhether or not\b|\bor why not\b|\bor not\b|\bno matter\b|\bno problem\b|\bno worries\b/g,
    ' ',
    'not',
    'or not',
    'no ',
  ],
  [/\b(?:fail|fails|failed|failing) to\b|\bother than\b/g, 'not', 'fail', 'other than'],
  [/\binstead of\b|\brather than\b/g, 'instead', 'instead', 'rather'],
  [
    /\b(?:every|each) (day|week|month|year)\b|\ba day\b(?=\s*[?.!,]|$)/g,
    (_, span = 'day') => frequencies[span] ?? '',
    'every ',
    'each ',
    'a day',
  ],
  // "No eggs and no milk" negates once; "sixty guests and no kitchen" negates, too.
  [/(\b(?:no|not|without)\b[^.?!]{0,60}?\b(?:and|or)) (?:no|not|without)\b/g, '$1', 'no', 'without'],
  [/\bno longer\b|\bno more\b(?! than)/g, 'not', 'no longer', 'no more'],
  [/\bnot (?:have|need) to\b/g, 'not need to', 'not '],
  [/\bgeneral[- ]purpose\b/g, 'general', 'purpose'],
  [
    /\b(\w{2,20})-free\b|\b(gluten|dairy|sugar|fat|lactose|nut|egg|alcohol|caffeine|meat|oil|pain|error|bug|stress|interest|smoke|fee|wheat|soy) free\b/g,
    (match, hyphenated = '', apart = hyphenated) =>
      /^(?:for|is|are|be|it|get|toll|duty|symptom|tax|debt|hands|scot|care|rent)$/.test(apart)
        ? match
        : `without ${apart}`,
    'free',
  ],
  [/\bnumbers? of\b/g, 'how many', 'number'],
  [/\bthe amount of\b/g, 'how much', 'amount'],
  [
    /\bin (?:which|what) year\b|\bwhat year\b|\bwhich year\b|\bat what time\b|\bwhat time\b|\bon what date\b|\bwhat date\b|\bin which month\b/g,
    'when',
    'year',
    'time',
    'date',
    'month',
  ],
  [
    /\bwhat (?:causes|caused|is causing|is the (?:main )?(?:cause|reason) (?:of|for|behind|that))\b|\bthe reasons? (?:for|behind|why|that)\b/g,
    'why',
    'cause',
    'causing',
    'reason',
  ],
  [/\bwho is the (?:author|writer) of\b/g, 'who wrote', 'who is the'],
  [/\bwho is the (?:inventor) of\b/g, 'who invented', 'who is the'],
  [/\bwho is the (?:founder) of\b/g, 'who founded', 'who is the'],
  [/\bwhat is the (?:lifespan|life expectancy) of\b/g, 'how long live', 'life'],
  [/\bhow come\b|\bfor what reason\b/g, 'why', 'how come', 'for what'],
  [/\b(?:in|at|to) (?:what|which) (?:place|location)\b/g, 'where', 'place', 'location'],
  [/\bget rid of\b/g, 'remove', 'get rid'],
  [/\b(?:ahead of|prior to|in advance of)\b/g, 'before', 'ahead', 'prior', 'advance'],
  [/\bcall(s|ed|ing)? off\b/g, 'cancel', 'call'],
  [/\bput(?:s|ting)? off\b/g, 'postpone', 'put'],
  [/\b(?:rent|rents|renting|rented|lease|leasing|leased|hire|hiring|hired|loan|loaning) out\b/g, 'lend', ' out'],
  [/\broll(?:s|ed|ing)? back\b/g, 'rollback', 'roll'],
  [/\bshut(?:s|ting)? (?:down|off)\b/g, 'disable', 'shut'],
  [/\bcarr(?:y|ies|ied|ying) on\b/g, 'continue', 'carr'],
  [/\bturn(?:s|ed|ing)? down\b/g, 'reject', 'turn'],
  [/\bgiv(?:e|es|ing) up\b|\bgave up\b/g, 'quit', 'giv', 'gave'],
  [/\bbr(?:ing|ings|inging) on\b|\bbrought on\b/g, 'cause', 'bring', 'brought'],
  [/\bmegabits? per second\b/g, 'mbps', 'megabit'],
  [/\bgigabits? per second\b/g, 'gbps', 'gigabit'],
  [/\bkilobits? per second\b/g, 'kbps', 'kilobit'],
  [/\bfirst class\b/g, 'first-class', 'first class'],
  [/\bturns? (?:on|off)\b/g, (match) => (match.endsWith('on') ? 'enable' : 'disable'), 'turn'],
  [/\bswitch(?:es)? (on|off)\b/g, (_, which) => (which === 'on' ? 'enable' : 'disable'), 'switch'],
  [/\b(?:at least|no (?:less|fewer) than|not (?:less|fewer) than)\b/g, 'minimum', 'at least', 'than'],
  [
    /\b(?:at most|no more than|not more than|up to(?= \d)(?! (?:1\d|20)\d\d\b))\b/g,
    'maximum',
    'at most',
    'than',
    'up to',
  ],
  [/\b(?:more|greater|higher|larger|bigger) than\b(?= \S{0,3}\d)/g, 'over', 'than'],
  [/\b(?:less|fewer|lower|smaller) than\b(?= \S{0,3}\d)/g, 'under', 'than'],
  [/\bnot? (?:more|less) than\b/g, (match) => (match.includes('more') ? 'maximum' : 'minimum'), 'than'],
  [/\bin favou?r of\b/g, 'in-favor', 'favo'],
  [/\b(arguments?|case|reasons?|votes?|voted|voting|evidence|points?|essay|motion) for\b/g, '$1 in-favor', ' for '],
  [/\bbecause of\b|\bdue to\b|\bowing to\b/g, 'because', 'because', 'due', 'owing'],
  [/\bin order to\b|\bso as to\b/g, 'to', 'order to', 'so as to'],
  [/\beven though\b|\bdespite the fact that\b/g, 'although', 'though', 'despite'],
  [
    /\ba lot of\b|\blots of\b|\bloads of\b|\bplenty of\b|\ba great many\b/g,
    'many',
    'lot',
    'loads',
    'plenty',
    'great many',
  ],
  [/\ba couple of\b/g, 'two', 'couple'],
  [/\bevery (?:second|other|2nd)\b/g, 'every-other', 'every '],
  [/\bthe (\w+) before the (?:last|latest)(?: one)?\b/g, 'beforelast $1', 'before the'],
  [
    /\bavoid (mention|us|say|includ|ask|writ)ing\b/g,
    (_, verb = '') => `not ${verb === 'us' || verb === 'includ' || verb === 'writ' ? `${verb}e` : verb}`,
    'avoid ',
  ],
  [/\bback(?:s|ed|ing)? up\b/g, 'backup', 'back'],
  [/\bwont\b/g, 'will not', 'wont'],
  [
    /\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty-first) century\b/g,
    (_, which = '') => `${centuries.indexOf(which)}00s`,
    'century',
  ],
  [/\bhalf an? (dozen|hundred|thousand|million|billion)\b/g, (_, of = '') => halves[of] ?? '', 'half a'],
  [/\bthe united kingdom\b|\bgreat britain\b|\bu\.k\./g, 'uk', 'kingdom', 'britain', 'u.k.'],
  [
    /\bthe united states(?: of america)?\b|\bunited states(?: of america)?\b|\bu\.s\.a?\.?(?=[\s,?!]|$)/g,
    'usa',
    'united states',
    'u.s.',
  ],
];

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
