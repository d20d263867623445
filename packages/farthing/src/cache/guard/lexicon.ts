import { antonymText, dictionaryText, synonymText } from './lexicon.generated.js';

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
let synonyms: ReadonlyMap<string, ReadonlySet<string>> | undefined;
let antonyms: ReadonlySet<string> | undefined;

/** Words in alphabetical order; each is preceded by the number of letters (one digit) it shares with the one before. */
function decodeDictionary(text: string): ReadonlySet<string> {
  const decoded = new Set<string>();
  let previous = '';
  for (const entry of text.match(/\d[a-z]*/g) ?? []) {
    previous = previous.slice(0, Number(entry[0])) + entry.slice(1);
    decoded.add(previous);
  }
  for (const word of modernWords.split(/\s+/)) decoded.add(word);
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
  dictionary ??= decodeDictionary(dictionaryText);
  return dictionary.has(word);
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
