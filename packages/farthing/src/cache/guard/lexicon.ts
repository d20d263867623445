import { antonymText, dictionaryText, synonymText } from './lexicon.generated.js';
import { rareText } from './rare-words.generated.js';

/** Common words that the list of 1995 lacks. */
const modernWords = `fridge online email website smartphone laptop app blog wifi internet selfie podcast emoji hashtag webpage login logout signup
backup ebook vegan gluten yoga barista latte avocado hummus sushi taco quinoa tofu smoothie broccoli pasta lasagna pizza burrito
kubernetes docker javascript python java linux windows android excel github google youtube facebook instagram twitter netflix amazon
spotify whatsapp uber airbnb paypal bitcoin crypto blockchain chatbot dataset database frontend backend fullstack middleware regex async
timestamp username dropdown checkbox tooltip plugin firmware router modem bluetooth smartwatch drone gps ssd cpu gpu ram usb hdmi
freelancer entrepreneur startup coworker workflow onboarding layoff paycheck childcare daycare parenting preschool homeschool covid
vaccine antibiotic ibuprofen paracetamol acetaminophen amoxicillin insulin diabetic cholesterol probiotic melatonin hepatitis asthma
adhd autism dementia faucet thermostat dishwasher microwave upcoming reboot unsubscribe unfollow downloadable tv pc dvd cd ok`;

/** Decoded once, when the first question is compared: importing the guard costs nothing. */
let dictionary: ReadonlySet<string> | undefined;
let rareWords: ReadonlySet<string> | undefined;
let synonyms: ReadonlyMap<string, ReadonlySet<string>> | undefined;
let antonyms: ReadonlySet<string> | undefined;

/** Words in alphabetical order; each is preceded by the number of letters (one digit) it shares with the one before. */
function decodeWords(text: string): Set<string> {
  const decoded = new Set<string>();
  let previous = '';
  for (const entry of text.match(/\d[a-z]*/g) ?? []) {
    previous = previous.slice(0, Number(entry[0])) + entry.slice(1);
    decoded.add(previous);
  }
  return decoded;
}

function decodeSynonyms(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    text.split('|').map((line) => {
      const [word = '', ...others] = line.split(' ');
      return [word, new Set(others)];
    }),
  );
}

/** Is it the base form of a common English word? */
export function isDictionaryWord(word: string): boolean {
  if (dictionary === undefined) {
    const decoded = decodeWords(dictionaryText);
    for (const modern of modernWords.split(/\s+/)) decoded.add(modern);
    dictionary = decoded;
  }
  return dictionary.has(word);
}

/** Words of chemistry, medicine and trade, and brands, that no list of common words has and that lie near one of its words. */
const terms = `sulfite sulfide chlorite chlorate perchlorate perchlorite phosphide phosphite iodate iodite bromate bromite hydride nitride subduction methanal
  methanol ethanal ethanol propane propene butane butene ethane ethene ethyne dysphasia ileum ilium ureter urethra glycogen glucagon
  venmo zelle klarna stripe shopify zapier figma canva asana reddit tumblr etsy lyft hulu roku fitbit gopro airtable notion`;

/** Is it a rarer word that a common one could be mistaken for? */
export function isRareWord(word: string): boolean {
  if (rareWords === undefined) {
    const decoded = decodeWords(rareText);
    for (const term of terms.split(/\s+/)) decoded.add(term);
    rareWords = decoded;
  }
  return rareWords.has(word);
}

/** Do WordNet's two commonest senses of both words meet? */
export function lexicalSynonyms(one: string, other: string): boolean {
  synonyms ??= decodeSynonyms(synonymText);
  return (one < other ? synonyms.get(one)?.has(other) : synonyms.get(other)?.has(one)) === true;
}

/** Does WordNet have the words as opposites? */
export function lexicalAntonyms(one: string, other: string): boolean {
  antonyms ??= new Set(antonymText.split(' '));
  return antonyms.has(one < other ? `${one}/${other}` : `${other}/${one}`);
}
