import { placeOf } from './synonyms.js';

/**
 * Closed classes of things that never stand for each other: where one question has one member and the other question
 * another, they ask for different things. General lists, so that a pair needs no other sign.
 */
const members: Readonly<Record<string, string>> = {
  language: `english spanish french german italian portuguese dutch swedish norwegian danish finnish icelandic polish czech
    slovak hungarian romanian bulgarian greek turkish russian ukrainian serbian croatian slovenian bosnian albanian macedonian
    latvian lithuanian estonian arabic hebrew persian farsi urdu hindi bengali punjabi gujarati marathi tamil telugu kannada
    malayalam sinhala nepali burmese thai lao khmer vietnamese indonesian malay tagalog filipino javanese chinese mandarin
    cantonese japanese korean mongolian tibetan swahili zulu xhosa afrikaans yoruba igbo hausa amharic somali latin esperanto
    welsh irish gaelic scottish basque catalan galician breton maltese yiddish armenian georgian azerbaijani kazakh uzbek
    pashto kurdish sanskrit hawaiian maori samoan quechua guarani creole luxembourgish frisian tigrinya kyrgyz tajik turkmen`,
  place: `afghanistan albania algeria andorra angola argentina armenia australia austria azerbaijan bahamas bahrain bangladesh
    barbados belarus belgium belize benin bhutan bolivia bosnia botswana brazil brunei bulgaria burundi cambodia cameroon
    canada chad chile china colombia congo croatia cuba cyprus czechia denmark dominica ecuador egypt eritrea estonia eswatini
    ethiopia fiji finland france gabon gambia germany ghana greece greenland grenada guatemala guinea guyana haiti honduras
    hungary iceland india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya kosovo kuwait
    kyrgyzstan laos latvia lebanon lesotho liberia libya liechtenstein lithuania luxembourg madagascar malawi malaysia maldives
    mali malta mauritania mauritius mexico moldova monaco mongolia montenegro morocco mozambique myanmar namibia nepal
    netherlands nicaragua niger nigeria norway oman pakistan palestine panama paraguay peru philippines poland portugal qatar
    romania russia rwanda samoa senegal serbia seychelles singapore slovakia slovenia somalia spain sudan suriname sweden
    switzerland syria taiwan tajikistan tanzania thailand togo tonga tunisia turkey turkmenistan uganda ukraine uruguay
    uzbekistan vanuatu vatican venezuela vietnam yemen zambia zimbabwe uk usa england scotland wales catalonia bavaria sicily
    alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois indiana iowa kansas
    kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio
    oklahoma oregon pennsylvania tennessee texas utah vermont virginia wisconsin wyoming ontario quebec alberta manitoba
    saskatchewan victoria queensland tasmania africa europe asia antarctica oceania
    london paris berlin madrid rome vienna amsterdam brussels lisbon dublin oslo stockholm copenhagen helsinki warsaw prague
    budapest athens istanbul moscow kyiv zurich geneva munich hamburg frankfurt cologne barcelona valencia seville milan naples
    venice florence turin lyon marseille nice manchester liverpool birmingham edinburgh glasgow leeds bristol cardiff belfast
    tokyo kyoto osaka seoul busan beijing shanghai shenzhen bangkok hanoi jakarta manila mumbai delhi bangalore chennai kolkata
    hyderabad pune karachi lahore dhaka dubai doha riyadh cairo nairobi lagos accra johannesburg sydney melbourne brisbane perth
    adelaide auckland wellington toronto montreal vancouver ottawa calgary chicago boston seattle portland denver dallas houston
    austin phoenix philadelphia detroit atlanta miami orlando tampa minneapolis baltimore pittsburgh cleveland nashville memphis
    sacramento honolulu anchorage havana bogota lima santiago caracas quito`,
  colour: `red orange yellow green blue purple violet indigo pink brown black white gray turquoise teal cyan magenta beige maroon
    navy crimson lavender olive gold silver`,
  technology: `python javascript typescript java c++ c# golang rust ruby php perl scala kotlin swift haskell elixir erlang clojure
    f# fortran cobol lua julia matlab dart bash zsh powershell zig ocaml solidity groovy vba
    react angular vue svelte nextjs nuxt ember jquery django flask fastapi rails laravel symfony spring express nestjs
    postgresql mysql mariadb sqlite mongodb redis cassandra dynamodb oracle neo4j elasticsearch snowflake bigquery
    pandas numpy polars dplyr data.table matplotlib seaborn plotly ggplot2 bokeh pytorch tensorflow keras jax sklearn
    docker podman kubernetes terraform cloudformation ansible puppet pulumi aws azure gcp heroku vercel netlify
    windows macos linux ubuntu debian fedora centos android ios ipados chromeos freebsd
    git svn mercurial github gitlab bitbucket jira trello asana notion slack discord zoom
    chrome firefox safari edge opera word excel powerpoint outlook gmail webpack vite rollup parcel npm yarn pnpm pip conda
    jest vitest mocha pytest junit selenium cypress playwright axios kafka rabbitmq nginx apache
    tableau powerbi looker grafana kibana prometheus datadog splunk figma sketch photoshop illustrator`,
  format: `json yaml xml csv tsv html markdown latex toml sql table list bullet paragraph essay haiku limerick sonnet poem song
    rap story letter email tweet memo slide presentation flowchart mermaid diagram checklist prose script screenplay outline
    spreadsheet pdf docx emoji infographic mindmap timeline blog report press brochure newsletter one-liner ballad ode acrostic`,
  month: 'january february march april june july august september october november december',
  season: 'spring summer autumn winter',
  daypart: 'morning afternoon evening night noon midnight',
  audience: `toddler preschooler child teenager beginner expert layperson engineer developer manager executive investor shareholder
    patient nurse doctor physician surgeon lawyer attorney student teacher parent grandmother grandfather senior intern recruiter
    journalist scientist programmer accountant designer marketer sysadmin novice professional employee customer freelancer
    kindergartner undergraduate economist politician tourist adult`,
  animal: `dog cat hamster rabbit horse cow pig goat sheep chicken duck goose parrot fish goldfish turtle snake lizard frog
    mouse rat guinea ferret bird tiger lion elephant bear wolf fox deer whale shark dolphin penguin eagle owl bee ant spider`,
  kin: `mother father brother sister son daughter uncle aunt cousin nephew niece grandmother grandfather husband wife`,
  proofreading: 'grammar tone spelling style punctuation clarity structure',
  cabin: 'economy business coach first-class premium',
  metal: 'gold silver platinum copper iron steel aluminum zinc tin lead nickel titanium bronze brass',
  planet: 'mercury venus earth mars jupiter saturn uranus neptune pluto moon sun',
  instrument: 'piano guitar violin drum flute trumpet cello saxophone clarinet harp ukulele banjo bass harmonica',
  sport: `football soccer basketball baseball tennis golf hockey cricket rugby volleyball badminton swimming boxing cycling skiing
    snowboarding surfing wrestling judo karate yoga pilates`,
  subject: `math mathematics physics chemistry biology history geography economics philosophy psychology sociology astronomy geology
    statistics algebra calculus geometry trigonometry`,
  food: `beef pork chicken lamb turkey fish salmon tuna shrimp tofu rice pasta bread potato tomato onion garlic carrot broccoli
    spinach apple banana orange lemon lime grape strawberry blueberry mango pineapple peach cherry coffee tea beer wine milk
    butter cheese yogurt egg sugar honey salt pepper flour oat almond peanut walnut`,
  tone: `formal informal casual friendly professional polite angry humorous funny sarcastic serious optimistic pessimistic
    neutral enthusiastic persuasive academic poetic`,
  drug: `ibuprofen paracetamol acetaminophen aspirin naproxen tylenol advil aleve amoxicillin penicillin metformin insulin
    atorvastatin simvastatin lisinopril amlodipine omeprazole sertraline fluoxetine prozac zoloft xanax valium prednisone
    melatonin benadryl claritin zyrtec warfarin`,
  nutrient:
    'calorie protein carb carbohydrate fat sodium sugar fiber cholesterol vitamin calcium potassium magnesium iron zinc',
};

const classes = new Map<string, string[]>();
for (const [name, list] of Object.entries(members)) {
  for (const word of list.trim().split(/\s+/)) {
    const known = classes.get(word);
    if (known) known.push(name);
    else classes.set(word, [name]);
  }
}

const none: readonly string[] = [];

/** The closed classes a word belongs to. */
export function classesOf(word: string): readonly string[] {
  const own = classes.get(word) ?? none;
  const place = placeOf(word);
  return place === word ? own : [...own, 'place'];
}

/** A class that both words belong to. */
export function sharedClass(one: string, other: string): string | undefined {
  const left = classesOf(one);
  if (left.length === 0) return undefined;
  const right = classesOf(other);
  return left.find((name) => right.includes(name));
}

const lengthWords: ReadonlySet<string> = new Set(
  `yes-no reasoning sentence paragraph word page line brief briefly detailed detail concise concisely short long at-length in-depth length one-line
  tldr walkthrough bulleted numbered comma separated slide character rhyme chart graph overview essay verbose
  comprehensive thorough exhaustive single-line two-line step-by-step eli5 plain`.split(/\s+/),
);

/** Says in which form or at which length the answer is wanted. */
export function isFormatWord(word: string): boolean {
  return lengthWords.has(word) || classes.get(word)?.includes('format') === true;
}

const relativeTimes = new Map<string, string>();
for (const [time, words] of Object.entries({
  now: 'now currently current present presently nowadays immediately',
  past: 'previous previously former formerly last past prior ago',
  future: 'next upcoming coming future soon forthcoming',
  today: 'today',
  tonight: 'tonight',
  tomorrow: 'tomorrow',
  yesterday: 'yesterday',
  overmorrow: 'overmorrow',
  beforelast: 'beforelast',
  ereyesterday: 'ereyesterday',
  recent: 'recent recently lately',
})) {
  for (const word of words.split(' ')) relativeTimes.set(word, time);
}

/** The time seen from now that a word stands for. */
export function relativeTimeOf(word: string): string | undefined {
  return relativeTimes.get(word);
}
