import { type Words, wordHash } from './words.js';

/** Words by what they tell about a request: how it asks, what it works with, what it is about. */
const classes = {
  what: 'what whats',
  which: 'which',
  who: 'who whom whose',
  whenWhere: 'when where',
  why: 'why because reason',
  how: 'how',
  much: 'many much total altogether sum',
  negation: 'not no never none neither nor except without cannot isn doesn don didn won false incorrect least',
  truth: 'true correct correctly best most likely following statement statements',
  comparison: 'more less fewer than greater smaller larger higher lower most compared times twice double triple half',
  remainder: 'left remaining remain remains rest each every per average equally share',
  conditional: 'if suppose assume assuming given let unless otherwise then consider',
  time: 'second seconds minute minutes hour hours day days week weeks month months year years old age ago',
  money: 'dollar dollars cent cents price cost costs pay paid buy bought sell sold earn earns profit money spend spent',
  measure:
    'meter meters metre km mile miles feet foot inch inches kg gram grams pound pounds ounce liter liters gallon',
  person: 'i me my you your he him his she her we us our they them their',
  numberWord: 'one two three four five six seven eight nine ten dozen hundred thousand million first third quarter',
  order: 'write create make generate draft compose design give provide list describe tell show complete rewrite edit',
  explain: 'explain why discuss analyze analyse evaluate compare contrast argue summarize summarise justify step steps',
  translate: 'translate translation language english french german spanish chinese russian japanese latin italian',
  passage: 'passage text article paragraph author according context refers information excerpt read story sentence',
  code: 'python javascript java code function program array string return sql html css api class loop output input list int',
  computing:
    'computer algorithm network data memory bit bits byte protocol server cache machine learning model software',
  algebra:
    'equation solve polynomial function x y n root roots integer integers real matrix vector linear group ring field',
  proof: 'prove proof theorem lemma show finite infinite continuous subset isomorphic subgroup abelian homomorphism',
  chance: 'probability random sample mean variance distribution expected deviation hypothesis regression correlation',
  geometry: 'triangle circle angle area radius square perimeter volume rectangle parallel degrees length width sides',
  physics:
    'force energy mass velocity speed electric charge field current magnetic wave light temperature acceleration',
  chemistry:
    'acid reaction molecule molecules atom atoms ion electron compound element chemical bond solution ph metal',
  biology: 'cell cells gene genes dna protein proteins species plant plants animal animals organism evolution enzyme',
  medicine:
    'patient disease blood treatment clinical symptoms drug doctor muscle nerve virus infection medical pain cancer',
  law: 'court law legal plaintiff defendant contract statute constitution rights liability tort jury crime state property',
  history: 'war century king empire revolution treaty colonial president ancient period civil british american soviet',
  economics: 'market demand supply firm price tax inflation economy trade income rate bank investment capital monetary',
  business: 'company management marketing customer employees organization product strategy accounting audit cash stock',
  politics: 'government policy political party election state vote democracy international security foreign congress',
  mind: 'psychology behavior cognitive memory therapy anxiety children social emotional learning theory self research',
  philosophy:
    'moral ethics argument philosophy kant virtue premise conclusion logic valid god religion believes belief',
  wrong: 'wrong morally standards scenario character main clearly action ordinary',
  world: 'country city river world population capital earth ocean planet sun climate rock water air soil',
  sport: 'game team player players score play music film movie book award actor song',
  puzzle: 'house houses clue clues numbered lives person row puzzle persons',
} as const;

/** One class of words. */
export type WordClass = keyof typeof classes;

/** All classes, in the order of `countClasses`. */
// the keys of an object literal are exactly its type's
export const wordClasses = Object.keys(classes) as readonly WordClass[];

/** For each hash of a word, the classes that it is in. */
const classesByHash = new Map<number, number[]>();
for (const [index, name] of wordClasses.entries())
  for (const word of classes[name].split(' ')) {
    const hash = wordHash(word);
    classesByHash.set(hash, [...(classesByHash.get(hash) ?? []), index]);
  }

/** How many words of each class there are. */
export function countClasses(words: Words): Uint32Array {
  const counts = new Uint32Array(wordClasses.length);
  for (let index = 0; index < words.count; index++)
    for (const found of classesByHash.get(words.hashes[index] ?? 0) ?? []) counts[found] = (counts[found] ?? 0) + 1;
  return counts;
}
