import { irregularLemma } from './irregular-forms.js';
import { isDictionaryWord } from './lexicon.js';

/** British spelling to American, by pattern where that is safe and by word where it is not. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/is(e|ed|es|er|ers|ing|ation|ations)$/, 'iz$1'],
  [/ys(e|ed|ing|er)$/, 'yz$1'],
  [/our(s|ed|ing|ful|ite|ites|hood|hoods|able|er|ers|less)?$/, 'or$1'],
  [/([^aeiou])tre(s|d)?$/, '$1ter$2'],
  [/ogue(s|d)?$/, 'og$1'],
  [/(el|al|il|ol)l(ed|ing|er|ers)$/, '$1$2'],
  [/^(an)?aem/, '$1em'],
  [/^paed/, 'ped'],
  [/^oe(str|soph|dem)/, 'e$1'],
  [/haem/, 'hem'],
  [/^sulph/, 'sulf'],
  [/oenix$/, 'oenix'],
];
const iseKept =
  /^(?:rise|arise|wise|raise|praise|noise|poise|promise|exercise|advise|devise|revise|supervise|surprise|comprise|compromise|franchise|disguise|likewise|otherwise|enterprise|expertise|merchandise|cruise|bruise|premise|treatise|demise|paradise|precise|concise|televise|improvise|advertise|excise|chemise|tortoise|porpoise|anise|guise|mayonnaise)/;
const ourKept =
  /^(?:our|hour|four|tour|pour|sour|flour|your|detour|contour|velour|scour|devour|glamour|tourist|course|source|court|journal|court|fourth)/;
const respelled: ReadonlyMap<string, string> = new Map(
  `aluminium:aluminum tyre:tire tyres:tire grey:gray mould:mold mouldy:moldy plough:plow defence:defense offence:offense licence:license
  practise:practice programme:program programmes:program jewellery:jewelry cheque:check cheques:check pyjamas:pajama pajamas:pajama kerb:curb
  manoeuvre:maneuver sceptical:skeptical sceptic:skeptic cosy:cozy doughnut:donut doughnuts:donut draught:draft storey:story
  whisky:whiskey yoghurt:yogurt ageing:aging acknowledgement:acknowledgment judgement:judgment fulfil:fulfill enrol:enroll
  skilful:skillful wilful:willful instalment:installment instalments:installment moustache:mustache sulphur:sulfur artefact:artifact
  aeroplane:airplane mum:mother mom:mother mommy:mother mummy:mother dad:father daddy:father pretence:pretense analogue:analog
  catalogue:catalog dialogue:dialog diarrhoea:diarrhea foetus:fetus leukaemia:leukemia oesophagus:esophagus oestrogen:estrogen
  tonne:tonne metre:meter litre:liter centre:center theatre:theater fibre:fiber calibre:caliber spectre:specter sabre:saber
  kilometre:kilometer learnt:learn spelt:spell burnt:burn dreamt:dream whilst:while amongst:among towards:toward afterwards:afterward
  okay:ok alright:ok e-mail:email wi-fi:wifi advisor:adviser advisors:adviser organisation:organization focussed:focus
  colour:color colours:color favourite:favorite favourites:favorite neighbour:neighbor neighbours:neighbor`
    .split(/\s+/)
    .map((pair): [string, string] => {
      const [from = '', to = ''] = pair.split(':');
      return [from, to];
    }),
);

function americanSpelling(word: string): string {
  const known = respelled.get(word);
  if (known !== undefined) return known;
  if (word.length < 5 || iseKept.test(word) || ourKept.test(word)) return word;
  let spelled = word;
  for (const [pattern, replacement] of spellings) spelled = spelled.replace(pattern, replacement);
  return spelled;
}

const known = new Map<string, string>();

/** The base form of a word, in American spelling. Unknown words lose a plural s at most. */
export function lemmaOf(word: string): string {
  const cached = known.get(word);
  if (cached !== undefined) return cached;
  const lemma = findLemma(word);
  if (known.size < 20_000) known.set(word, lemma);
  return lemma;
}

function findLemma(written: string): string {
  const irregular = irregularLemma(written) ?? prefixedLemma(written);
  if (irregular !== undefined) return irregular;
  const word = americanSpelling(written);
  const second = irregularLemma(word);
  if (second !== undefined) return second;
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  if (word.endsWith('s')) return singular(word);
  for (const suffix of ['ed', 'ing']) {
    if (word.endsWith(suffix) && word.length > suffix.length + 2) {
      const base = unsuffixed(word.slice(0, -suffix.length), suffix);
      if (base !== undefined) return base;
    }
  }
  if (word.endsWith('ied')) return `${word.slice(0, -3)}y`;
  if (word.length > 5 && word.endsWith('ly')) {
    const base = word.slice(0, -2);
    if (isDictionaryWord(base)) return base;
    if (base.endsWith('i') && isDictionaryWord(`${base.slice(0, -1)}y`)) return `${base.slice(0, -1)}y`;
    if (base.endsWith('al') && isDictionaryWord(base.slice(0, -2))) return base.slice(0, -2);
    if (isDictionaryWord(`${base}le`)) return `${base}le`;
  }
  return word;
}

/** "Overwritten", "rebuilt", "misunderstood": an irregular verb behind a prefix. */
function prefixedLemma(word: string): string | undefined {
  const parts = /^(over|under|out|re|mis|fore|up|un)([a-z]{3,})$/.exec(word);
  const lemma = parts?.[2] && irregularLemma(parts[2]);
  return lemma && isDictionaryWord(`${parts[1]}${lemma}`) ? `${parts[1]}${lemma}` : undefined;
}

function singular(word: string): string {
  if (/(?:ss|us|is)$/.test(word)) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ches|shes|sses|xes|zzes)$/.test(word)) return word.slice(0, -2);
  return findLemma(word.slice(0, -1));
}

function unsuffixed(base: string, suffix: string): string | undefined {
  if (suffix === 'ed' && base.endsWith('i') && isDictionaryWord(`${base.slice(0, -1)}y`))
    return `${base.slice(0, -1)}y`;
  if (/(.)\1$/.test(base) && !/(?:ll|ss|zz|ff)$/.test(base) && isDictionaryWord(base.slice(0, -1)))
    return base.slice(0, -1);
  // "weding" is no form of "wed": a short base doubles its consonant.
  const plain = base.length > 2 && isDictionaryWord(base) && !/^[^aeiou]{1,2}[aeiou][bdglmnprt]$/.test(base);
  const withE = isDictionaryWord(`${base}e`);
  if (withE && !(plain && base.length > 3 && /(?:[aeiou]{2}[a-z]|[^aeiou]{2}|[wxyer])$/.test(base))) return `${base}e`;
  return plain ? base : undefined;
}
