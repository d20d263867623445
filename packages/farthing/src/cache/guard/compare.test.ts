import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, type ReasonCode, readQuestion } from './compare.js';
import type { LabelledPair } from './pair-split.js';
import { verifierThreshold, verify } from './verify.js';

/** A pair that must not share an answer, and the reason that says so. */
type NearMiss = readonly [ReasonCode, string, string];

const nearMisses: Readonly<Record<string, readonly NearMiss[]>> = {
  'numbers, units and currencies': [
    ['number', 'Name 3 rivers in Chile', 'Name 5 rivers in Chile'],
    ['number', 'Name three rivers in Chile', 'Name 5 rivers in Chile'],
    ['number', 'Give me ideas for dinner', 'Give me 7 ideas for dinner'],
    ['unit', 'Is 20 mg of zinc too much?', 'Is 20 g of zinc too much?'],
    ['number', 'Is 1 km a long walk?', 'Is 1500 m a long walk?'],
    ['currency', 'Earbuds under $40', 'Earbuds under £40'],
    ['currency', 'price of the tunnel toll in euros', 'price of the tunnel toll in francs'],
    ['code', 'What is 6 + 2?', 'What is 6 - 2?'],
    ['code', '5 km + 3 km in miles', '5 km - 3 km in miles'],
    ['number', 'What is 5% of 20?', 'What is 5 of 20?'],
    ['number', 'What is -5 squared?', 'What is 5 squared?'],
    ['number', 'Where is order 12345678?', 'Where is order 12345679?'],
    ['number', 'Call 5551234567', 'Call 5551234568'],
    ['number', 'New in Python 3.10', 'New in Python 3.1'],
    ['number', 'Close account 0012', 'Close account 12'],
    ['number', 'half a tablet of warfarin', 'a tablet of warfarin'],
    ['number', 'What is 2⁵?', 'What is 25?'],
    ['number', 'Scones from a dozen eggs', 'Scones from half a dozen eggs'],
  ],
  'dates, times and versions': [
    ['number', 'Who won the cup in 2014?', 'Who won the cup in 2018?'],
    ['date', 'Is the pool open in March?', 'Is the pool open in April?'],
    ['relative-time', 'menu for today', 'menu for tomorrow'],
    ['relative-time', 'menu for tomorrow', 'menu for the day after tomorrow'],
    ['relative-time', 'sales in the last quarter', 'sales in the quarter before last'],
    ['polarity', 'list the doges up to 1310', 'list the doges from 1310 on'],
    ['relative-time', 'Who is the current dean?', 'Who was the previous dean?'],
    ['number', 'New in Go 1.21', 'New in Go 1.22'],
    ['number', 'Call me at 7 am', 'Call me at 7 pm'],
  ],
  'negation, opposites and comparatives': [
    ['polarity', 'Which nuts are roasted?', 'Which nuts are not roasted?'],
    ['polarity', 'soups with cream', 'soups without cream'],
    ['polarity', 'How do I lock the door?', 'How do I unlock the door?'],
    ['polarity', 'Lakes deeper than Loch Ness', 'Lakes shallower than Loch Ness'],
    ['polarity', 'sort the names ascending', 'sort the names descending'],
    ['polarity', 'causes of the war', 'consequences of the war'],
    ['polarity', 'How can I mute a channel?', 'How can I unmute a channel?'],
    ['polarity', 'Arguments for a toll', 'Arguments against a toll'],
    ['polarity', 'How do I zoom in on a PDF in Preview?', 'How do I zoom out on a PDF in Preview?'],
  ],
  'roles and directions': [
    ['role-order', 'Did Norway beat Sweden?', 'Did Sweden beat Norway?'],
    ['role-order', 'Convert pints to litres', 'Convert litres to pints'],
    ['role-order', 'Trains from Ghent to Bruges', 'Trains from Bruges to Ghent'],
    ['role-order', 'Is tin harder than lead?', 'Is lead harder than tin?'],
    ['role-order', 'What would Marx say to Engels about Hegel?', 'What would Hegel say to Marx about Engels?'],
    ['role-order', 'Should a young cook hire an old waiter?', 'Should an old cook hire a young waiter?'],
    ['role-order', 'Who did Borg beat in the final?', 'Who beat Borg in the final?'],
    ['role-order', 'How did the Greeks treat the Persians?', 'How did the Persians treat the Greeks?'],
    ['role-order', 'What does it cost to send money to Poland?', 'What does it cost to send money from Poland?'],
  ],
  'small words that turn a question round': [
    ['small-verb', 'How do I give a discount?', 'How do I get a discount?'],
    ['small-verb', 'How do I ask a question here?', 'How do I answer a question here?'],
    ['tense', 'Who was the mayor of Ghent?', 'Who is the mayor of Ghent?'],
    ['tense', 'What will the fare be?', 'What is the fare?'],
    ['person', 'What is my room number?', 'What is your room number?'],
    ['person', 'What do you know about me?', 'What do I know about you?'],
    ['person', 'Are you covered for storms?', 'Am I covered for storms?'],
    ['role-order', 'Is my coach allowed to film me?', 'Am I allowed to film my coach?'],
    ['preposition', 'A present for my aunt', 'A present from my aunt'],
    ['preposition', 'Essays by Woolf', 'Essays about Woolf'],
    ['polarity', 'How do I import a calendar?', 'How do I export a calendar?'],
  ],
  'parts exchanged behind other words for them': [
    ['role-order', 'Convert TS to Ruby', 'Convert Ruby to TypeScript'],
    ['role-order', 'Can a tailor sue a physician?', 'Can a doctor sue a tailor?'],
    ['role-order', 'Move photos from a phone to a laptop', 'Move pictures from a laptop to a phone'],
  ],
  'the case of units': [
    ['unit', 'A 5 mW laser', 'A 5 MW laser'],
    ['unit', 'Is 300 cal a lot?', 'Is 300 kcal a lot?'],
    ['unit', 'A 10 MΩ resistor', 'A 10 mΩ resistor'],
    ['number', 'Is 50 Mb much?', 'Is 50 MB much?'],
    ['unit', 'How much is 5 m?', 'How much is 5 M?'],
  ],
  'names, places and identifiers': [
    ['name', 'Novels by Zadie Smith', 'Novels by Hanya Yanagihara'],
    ['kind', 'Ferries in Norway', 'Ferries in Finland'],
    ['number', 'Where is order 55-812?', 'Where is order 55-821?'],
    ['number', 'Reset a Canon MG3650', 'Reset a Canon MG3620'],
    ['kind', 'read a file in Ruby', 'read a file in Perl'],
  ],
  'quoted text, code, URLs and paths': [
    ['quoted-text', 'Translate "good luck" to Greek', 'Translate "good night" to Greek'],
    ['code', 'What does `a?.b` do?', 'What does `a!.b` do?'],
    ['code', 'When does `*/5 * * * * sync` run?', 'When does `5 * * * * sync` run?'],
    ['quoted-text', "How long is the word 'accommodation'?", "How long is the word 'accommodations'?"],
    ['url', 'Summarise https://example.org/a', 'Summarise https://example.org/b'],
    ['url', 'What is in /var/log?', 'What is in /var/lib?'],
    ['url', 'Write to ann@example.org', 'Write to bob@example.org'],
    ['code', 'Is x >= 3 true for 3?', 'Is x > 3 true for 3?'],
    ['code', 'What is 5!', 'What is 5?'],
    ['code', 'what does if (!done) do', 'what does if (done) do'],
    ['code', '(3+5)*2', '3+5*2'],
    ['code', 'What does ```if x:\n  a()\nb()``` do?', 'What does ```if x:\n  a()\n  b()``` do?'],
    ['quoted-text', 'What does "\\d+" match?', 'What does "\\D+" match?'],
  ],
  'models, suffixes and parts of names': [
    ['number', 'Where is crate 88120-B?', 'Where is crate 88120-D?'],
    ['number', 'How heavy is the Nokia 9?', 'How heavy is the Nokia 9 Plus?'],
    ['number', 'Which chip has the Galaxy A54?', 'Which chip has the Galaxy A54 FE?'],
    ['name', 'When was William Blake born?', 'When was William T. Blake born?'],
    ['currency', 'Who audits the reserves of USDC?', 'Who audits the reserves of USDT?'],
    ['name', 'How big is Jordan, the country?', 'How big is Jordan, the river?'],
    ['code', 'What does wc -l count?', 'What does wc count?'],
  ],
  'bounds and shares': [
    ['quantifier', 'A tent for five or more people', 'A tent for under five people'],
    ['number', 'How much hay do I need if I have one goat?', 'How much hay do I need if I have four goats?'],
    ['number', 'A eulogy of half a page', 'A eulogy of a page and a half'],
    ['quantifier', 'Do most ferries take dogs?', 'Do any ferries take dogs?'],
    ['quantifier', 'Which ropes are stronger than hemp?', 'Which ropes are exactly as strong as hemp?'],
  ],
  'what a word bears on': [
    ['scope', 'Does the tram only run on Fridays?', 'Does only the tram run on Fridays?'],
    ['scope', 'Explain in Greek what a lien is', 'Explain what a Greek lien is'],
    ['scope', 'rows where x or y and z', 'rows where x and y or z'],
    [
      'negation-target',
      'Why was the bid not rejected although it came late?',
      'Why was the bid rejected although it came not late?',
    ],
    ['negation-target', 'What if I do not file and owe tax?', 'What if I file and do not owe tax?'],
    ['polarity', 'What should I plant in clay?', 'What should I avoid planting in clay?'],
    ['condition', 'My kiln cracked because I dropped it. Who pays?', 'My kiln cracked because it aged. Who pays?'],
  ],
  'prepositions and particles': [
    ['preposition', 'How do I get wine into a cask?', 'How do I get wine out of a cask?'],
    ['preposition', 'Who bats for Kent today?', 'Who bats against Kent today?'],
    ['preposition', 'Who was the poem dedicated to?', 'Who was the poem dedicated by?'],
    ['preposition', 'How do I set up a flare?', 'How do I set off a flare?'],
  ],
  'who does it': [
    ['role-order', 'What birds eat crabs?', 'What birds do crabs eat?'],
    ['role-order', 'May I be searched by the guard?', 'May the guard be searched by me?'],
    ['person', 'How much rent must I pay?', 'How much rent must he pay?'],
    ['person', 'What happens if I drop my parcel?', 'What happens if you drop my parcel?'],
    [
      'role-order',
      'My tenant broke the lease without telling me. What now?',
      'I broke the lease without telling my tenant. What now?',
    ],
  ],
  'when it is': [
    ['tense', 'I used to take statins. May I drink?', 'I take statins. May I drink?'],
    ['tense', 'We are buying a barge. Is it taxed?', 'We have bought a barge. Is it taxed?'],
    ['tense', 'What did the council decide?', 'What will the council decide?'],
    ['tense', "Which shots do I need if I'm pregnant?", "Which shots do I need if I'm planning to become pregnant?"],
  ],
  'order and slashes in code': [
    ['code', 'int j = i++; what is j?', 'int j = ++i; what is j?'],
    ['code', 'make > log 2>&1', 'make 2>&1 > log'],
    ['url', 'rsync -a src /mnt: what is in /mnt?', 'rsync -a src/ /mnt: what is in /mnt?'],
    ['code', 'What is x - y?', 'What is y - x?'],
  ],
  'language, form, quantity and manner': [
    ['kind', 'The Polish word for bread', 'The Czech word for bread'],
    ['format', 'List the moons as JSON', 'List the moons as a table'],
    ['format', 'Explain osmosis briefly', 'Explain osmosis in detail'],
    ['polarity', 'Delete all drafts', 'Delete some drafts'],
    ['quantifier', 'Send only the invoice', 'Send every invoice'],
    ['quantifier', 'sed: replace only the first x on each line', 'sed: replace every x on each line'],
    ['quantifier', 'customers with exactly one order', 'customers with at least one order'],
    ['format', 'Is Pluto a planet? Yes or no only.', 'Is Pluto a planet? Explain at length.'],
    ['modality', 'Can residents vote?', 'Must residents vote?'],
    ['question-type', 'When was the bridge built?', 'Who built the bridge?'],
  ],
};

/** Pairs that share an answer by the rules alone. */
const paraphrases: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'numbers, units and dates in another notation': [
    ['Name 3 rivers in Chile', 'Name three rivers in Chile'],
    ['A tank of 1.5 l', 'A tank of 1500 ml'],
    ['Is 90 minutes enough?', 'Is 1.5 hours enough?'],
    ['Earbuds under $40', 'Earbuds under 40 dollars'],
    ['a town of 1,200,000 people', 'a town of 1.2 million people'],
    ['Events on July 4, 1976', 'Events on 4 July 1976'],
    ['Open at 17:30?', 'Open at half past five in the afternoon?'],
    ['A box of 60 x 40 x 30 cm', 'A box of 60 cm by 40 cm by 30 cm'],
    ['A salary of £50,000', 'A salary of 50k pounds'],
    ['Is minus 5 degrees cold?', 'Is -5 degrees cold?'],
  ],
  'voice, order and lists': [
    ['Who painted Guernica?', 'By whom was Guernica painted?'],
    ['How do bees make wax?', 'How is wax made by bees?'],
    ['In Go, how do I read a file?', 'How do I read a file in Go?'],
    ['Soup with leek, barley and kale', 'Soup with kale, leek and barley'],
    ['We want to see Lublin, Gdynia and Torun by train', 'We want to see Torun, Lublin and Gdynia by train'],
    ['What is the difference between jam and jelly?', 'What is the difference between jelly and jam?'],
  ],
  'spelling, case, contractions and plural': [
    ['HOW TALL IS K2??', 'how tall is K2'],
    ['Why does my fern not grow?', "Why doesn't my fern grow?"],
    ['What colour are flamingos?', 'What color is a flamingo?'],
    ['Best restaraunts in Porto', 'Best restaurants in Porto'],
    ['GDP of Chile', 'Gross domestic product of Chile'],
  ],
  'courtesy and mood': [
    ['Hi there, could you please tell me how tall giraffes are? Thanks!', 'How tall are giraffes?'],
    ['List the noble gases', 'Can you list the noble gases?'],
  ],
  'small words that change nothing': [
    ['How do I fold a napkin?', 'How do you fold a napkin?'],
    ['How do I clean my kettle?', 'How do you clean your kettle?'],
    ['When does the fair begin?', 'When will the fair begin?'],
    ['Cures for hiccups', 'Cures of hiccups'],
    ['What actually is an annuity?', 'What is an annuity?'],
    ['Convert JS to Ruby', 'Convert JavaScript to Ruby'],
    ['A 50 MW plant', 'A 50 megawatt plant'],
    ['Is 300 kcal a lot?', 'Is 300 calories a lot?'],
    ['How many steps should I walk in a day?', 'How many steps should I walk daily?'],
  ],
  'bounds, suffixes and clauses in other words': [
    ['A tent for five or more people', 'A tent for at least 5 people'],
    ['Is crate 88120-B here?', 'Is crate 88120B here?'],
    ['Can I stay two and a half hours?', 'Can I stay 2.5 hours?'],
    ['Does the tram only run on Fridays?', 'Does the tram run only on Fridays?'],
    ['What happens if I overcook rice?', 'What happens if you overcook rice?'],
    ['Why was the bid not late although it rained?', 'Although it rained, why was the bid not late?'],
  ],
  'bars that only set apart': [['Part 1 | Part 2: who sings?', 'Part 1, Part 2: who sings?']],
};

describe('compare', () => {
  describe.each(Object.entries(nearMisses))('tells apart %s', (_, pairs) => {
    it.each(pairs)('%s: %j and %j', (code, a, b) => {
      const { verdict, reasons } = compare(a, b);
      expect(verdict).toBe('different');
      expect(reasons.filter((reason) => reason.weight === 'different').map((reason) => reason.code)).toContain(code);
    });
  });

  describe.each(Object.entries(paraphrases))('lets pass %s', (_, pairs) => {
    it.each(pairs)('%j and %j', (a, b) => {
      expect(compare(a, b).verdict).toBe('same');
    });
  });

  it.each([
    ['Who sold the atlas to Ruth?', 'From whom did Ruth buy the atlas?'],
    ['Is Peru larger than Chile?', 'Is Chile smaller than Peru?'],
    ['Which berries are not unsafe?', 'Which berries are safe?'],
    ['How do I fix a chair?', 'How do I repair a chair?'],
  ])('leaves converses, double negations and synonyms to the verifier: %j and %j', (a, b) => {
    const comparison = compare(a, b);
    expect(comparison.verdict).toBe('unsure');
    expect(verify({ comparison })).toBeGreaterThan(0.5);
  });

  it.each([
    ['What can I cook with lentils?', 'I am allergic to nuts. What can I cook with lentils?'],
    ['Best boots for hikers', 'Best boots for toddlers'],
    ['How do I cook rice?', 'How do I cook rice in a tent?'],
  ])('never takes an added or another condition for the same: %j and %j', (a, b) => {
    expect(compare(a, b).verdict).not.toBe('same');
  });

  it.each([
    ['a salt and another', 'Is potassium nitrate toxic?', 'Is potassium nitrite toxic?'],
    ['too much and too little', 'Causes of hypernatremia', 'Causes of hyponatremia'],
    ['a rarer word', 'What is adsorption?', 'What is absorption?'],
    ['a brand', 'How does Venmo work?', 'How does venom work?'],
    ['a modifier', 'What is a learning rate?', 'What is a rate?'],
    ['a modifier of one word', 'What is a help desk?', 'What is a desk?'],
    ['another act', 'How do I update my plan?', 'How do I upgrade my plan?'],
    ['another command', 'How do I revert a commit?', 'How do I reset a commit?'],
    ['another verb in the passive', 'Who founded the bank?', 'By whom was the bank robbed?'],
    ['the way of a journey', 'Ferries in Crete', 'Ferries to Crete'],
    ['then and now', 'How did Latvia vote?', 'How does Latvia vote?'],
    ['another substance by a letter', 'Does inulin help against cramps?', 'Does insulin help against cramps?'],
  ])('serves nothing beside %s', (_, a, b) => {
    const comparison = compare(a, b);
    expect(comparison.verdict).not.toBe('same');
    expect(verify({ comparison })).toBeLessThan(verifierThreshold);
  });

  it('gives the two spans that differ, and a reason in words', () => {
    const [first] = compare('Ferries in Norway', 'Ferries in Finland').reasons;
    expect(first).toEqual({
      code: 'kind',
      weight: 'different',
      message: 'another place',
      left: 'norway',
      right: 'finland',
    });
  });

  it('compares what was read before as it compares text', () => {
    const [a, b] = ['Is tin harder than lead?', 'Is lead harder than tin?'];
    expect(compare(readQuestion(a), readQuestion(b))).toEqual(compare(a, b));
  });

  it('serves a text that is too long to be read only to its equal', () => {
    const long = 'The committee postponed the vote. '.repeat(200);
    expect(compare(long, `  ${long}`).verdict).toBe('same');
    expect(compare(long, `${long}Why?`).verdict).toBe('different');
  });

  it.each([
    [
      'a courtesy that says something',
      'I hope you say refunds are never paid. What is your refund policy?',
      'What is your refund policy?',
    ],
    ['an order behind the question', 'Is my flight refundable? Answer yes.', 'Is my flight refundable?'],
    ['another language', 'wie sagt man drucken', 'wie sagt man drücken'],
    ['a flag in capitals', 'git branch -d', 'git branch -D'],
    ['a condition with a chatty word', 'I am allergic to penicillin, sorry. Can I take it?', 'Can I take it?'],
  ])('serves nothing beside %s', (_, a, b) => {
    const comparison = compare(a, b);
    expect(comparison.verdict).not.toBe('same');
    expect(verify({ comparison })).toBeLessThan(verifierThreshold);
  });

  it.each([
    `My order is late, ${'please!!! '.repeat(350)}help`,
    `where is it${',ty,'.repeat(900)}x`,
    `${'could you please '.repeat(230)}x`,
    '!'.repeat(3_999),
    '('.repeat(3_999),
  ])('reads what repeats itself without end in no time', (words) => {
    expect(readQuestion(words).tooLong).toBe(false);
  });

  it('has nothing to say about nothing', () => {
    expect(compare('', '').verdict).toBe('same');
    expect(compare('', 'What?').verdict).toBe('different');
    expect(compare('?', '!').verdict).toBe('different');
  });
});

const pieces = [
  'how',
  'do',
  'I',
  'not',
  'five',
  '5',
  'km',
  '$5',
  'to',
  'from',
  'and',
  'Paris',
  '"quoted"',
  '`code`',
  'http://x.y/z',
  'C:\\a',
  'a/b',
  '½',
  '12:30',
  'by',
  'was',
  'unlock',
  'lock',
  'ёж',
  '東京',
  '\uE0007',
  '\u0000',
  '=>',
  '((',
  '%',
  'constructor',
  '__proto__',
  'toString',
  "don't",
  'half past',
  '1/0',
  '9'.repeat(40),
];
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((words) => words.join(' ')),
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((words) => words.join('')),
);

describe('compare, for any text', () => {
  it('never throws, always gives a reason, and only finite evidence', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const comparison = compare(a, b);
        expect(comparison.reasons.length).toBeGreaterThan(0);
        expect(Object.values(comparison.evidence).every(Number.isFinite)).toBe(true);
        const probability = verify({ comparison });
        expect(probability).toBeGreaterThanOrEqual(0);
        expect(probability).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1500 },
    );
  });

  it('takes a text for the same as itself, whatever it holds', () => {
    fc.assert(
      fc.property(text, (a) => {
        expect(compare(a, a).verdict).toBe('same');
      }),
    );
  });

  it('does not ask which question came first', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(compare(b, a).verdict).toBe(compare(a, b).verdict);
      }),
      { numRuns: 1500 },
    );
  });

  it('gives the same answer every time', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(compare(a, b)).toEqual(compare(a, b));
      }),
    );
  });
});

/** Pairs in other domains than the development data, each with its label argued. */
const pairs = readFileSync(new URL('./pairs.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean)
  // Checked by the next test.
  .map((line) => JSON.parse(line) as LabelledPair & { why: string });

describe('our own pairs', () => {
  it('are labelled, argued and distinct', () => {
    expect(pairs.every((pair) => pair.a && pair.b && typeof pair.same === 'boolean' && pair.category && pair.why)).toBe(
      true,
    );
    expect(new Set(pairs.map((pair) => `${pair.a}\n${pair.b}`)).size).toBe(pairs.length);
  });

  it('are served and refused as well as when the weights were made', () => {
    const served = (pair: LabelledPair): boolean => {
      const comparison = compare(pair.a, pair.b);
      return (
        comparison.verdict === 'same' ||
        (comparison.verdict === 'unsure' && verify({ comparison }) >= verifierThreshold)
      );
    };
    const same = pairs.filter((pair) => pair.same);
    const different = pairs.filter((pair) => !pair.same);
    expect(same.filter(served).length / same.length).toBeGreaterThanOrEqual(0.55);
    expect(different.filter(served).length / different.length).toBeLessThanOrEqual(0.03);
  });

  it('are judged alike in both orders', () => {
    for (const { a, b } of pairs) expect([a, b, compare(a, b).verdict]).toEqual([a, b, compare(b, a).verdict]);
  });
});
