/** Units by how people write them: dimension and factor to its base unit. */
export interface Unit {
  readonly dimension: string;
  readonly factor: number;
}

const table = `
time 1e-9 ns nanosecond nanoseconds
time 1e-6 us µs microsecond microseconds
time 0.001 ms msec msecs millisecond milliseconds
time 1 s sec secs second seconds
time 60 min mins minute minutes
time 3600 h hr hrs hour hours
time 86400 day days
time 604800 week weeks wk wks
time 1209600 fortnight fortnights
time 2629800 month months mo
time 31557600 year years yr yrs
time 315576000 decade decades
time 3155760000 century centuries
mass 1e-6 mcg ug microgram micrograms
mass 0.001 mg milligram milligrams milligramme milligrammes
mass 1 g gram grams gr gramme grammes
mass 1000 kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes
mass 1000000 tonne tonnes
mass 907184.74 ton tons
mass 453.59237 lb lbs pound pounds
mass 28.349523 oz ounce ounces
mass 6350.29318 stone stones
mass 0.2 carat carats
length 1e-9 nm nanometer nanometers nanometre nanometres
length 1e-6 µm micron microns
length 0.001 mm millimeter millimeters millimetre millimetres
length 0.01 cm cms centimeter centimeters centimetre centimetres
length 1 m meter meters metre metres
length 1e6 megameter megameters megametre megametres
length 1000 km kms kilometer kilometers kilometre kilometres
length 0.0254 inch inches in
length 0.3048 ft foot feet
length 0.9144 yard yards yd yds
length 1609.344 mile miles mi
length 1852 nmi
volume 0.001 ml milliliter milliliters millilitre millilitres
volume 0.01 cl centiliter centiliters centilitre centilitres
volume 0.1 dl deciliter deciliters decilitre decilitres
volume 1 l liter liters litre litres
volume 3.785411784 gallon gallons gal
volume 0.946352946 quart quarts qt
volume 0.473176473 pint pints pt
volume 0.2365882365 cup cups
volume 0.0147867648 tbsp tbsps tablespoon tablespoons
volume 0.0049289216 tsp tsps teaspoon teaspoons
volume 0.0295735296 floz
volume 158.987294928 barrel barrels bbl
data 0.125 bit bits
data 1 byte bytes
data 1e3 kb kilobyte kilobytes
data 1e6 mb megabyte megabytes
data 1e9 gb gigabyte gigabytes gig gigs
data 1e12 tb terabyte terabytes
data 1e15 pb petabyte petabytes
data 1024 ki kib
data 1048576 mib
data 1073741824 gi gib
data 1099511627776 ti tib
bitrate 1e3 kbps
bitrate 1e6 mbps
bitrate 1e9 gbps
celsius 1 c celsius centigrade
fahrenheit 1 f fahrenheit
kelvin 1 kelvin
speed 0.2777777778 kmh kph km/h
speed 0.44704 mph
speed 1 m/s mps
speed 0.5144444444 knot knots
percent 1 % percent pct
molarity 1 molar
molarity 0.001 millimolar
psi 1 psi
bar 1 bar bars
pascal 1 pa pascal pascals
pascal 1000 kpa
pascal 0.001 millipascal
pascal 1e6 mpa megapascal megapascals
power 0.001 mw milliwatt milliwatts
power 1 w watt watts
power 1000 kw kilowatt kilowatts
power 1e6 megawatt megawatts
power 745.7 hp horsepower
energy 1 kwh
energy 1000 mwh
calorie 1 calorie calories kcal kilocalorie kilocalories
calorie 0.001 cal cals
joule 1 j joule joules
joule 0.001 millijoule millijoules
joule 1e6 mj megajoule megajoules
joule 1000 kj kilojoule kilojoules
volt 1 v volt volts
volt 0.001 mv millivolt millivolts
volt 1e6 megavolt megavolts
volt 1000 kv kilovolt kilovolts
ampere 1 amp amps ampere amperes
ampere 0.001 milliamp milliamps ma
ampere 1e6 megaamp
charge 1 mah
charge 1000 ah
ohm 1 ohm ohms
ohm 0.001 milliohm milliohms
ohm 1000 kiloohm kiloohms
ohm 1e6 megaohm megaohms
hertz 0.001 millihertz
hertz 1 hz hertz
hertz 1e3 khz kilohertz
hertz 1e6 mhz megahertz
hertz 1e9 ghz gigahertz
decibel 1 db decibel decibels
pixel 1 px pixel pixels
angle 1 degree degrees deg
area 1 sqm squaremeter squaremeters squaremetre squaremetres
area 0.09290304 sqft squarefoot squarefeet
area 1e6 sqkm squarekilometer squarekilometers squarekilometre squarekilometres
area 2589988.110336 sqmi squaremile squaremiles
area 0.00064516 squareinch squareinches
area 4046.8564224 acre acres
area 10000 hectare hectares ha
volume 1000 cubicmeter cubicmeters cubicmetre cubicmetres
volume 28.316846592 cubicfoot cubicfeet`;

const units = new Map<string, Unit>();
for (const line of table.trim().split('\n')) {
  const [dimension = '', factor = '1', ...names] = line.split(' ');
  for (const name of names) units.set(name, { dimension, factor: Number(factor) });
}

/** The unit of that name or symbol. */
export function unitOf(name: string): Unit | undefined {
  return units.get(name);
}

/** Names that mostly are something else when no number stands before them. */
const ambiguous: ReadonlySet<string> = new Set(
  `second seconds minute minutes month months percent pound pounds bar bars stone stones foot feet yard in m l g h c f s w v
  cal us mi pt mo min j gi ti ki pa degree degrees cup cups db pb ha hp ton tons pint carat knot day days year years week weeks
  decade hour hours century centuries bit bits byte bytes px gr cl px`.split(/\s+/),
);

/** The unit that a word names without a number before it, as in "metres per second". */
export function bareUnitOf(word: string): Unit | undefined {
  return ambiguous.has(word) ? undefined : units.get(word);
}

const currencies = new Map<string, string>();
for (const group of `usd $ dollar dollars buck bucks us$|eur € euro euros|gbp £ quid sterling|jpy ¥ yen|inr ₹ rupee rupees|
chf franc francs|sek krona kronor|nok krone kroner|dkk|isk|thb ฿ baht|mxn peso pesos|cny yuan rmb renminbi|krw ₩|
rub ₽ ruble rubles rouble roubles|pln zloty zlotys|cad c$|aud a$|nzd|sgd|hkd|btc bitcoin bitcoins ₿|eth ether ethereum|
brl reais r$|try ₺ lira liras|cent cents|penny pennies pence|zar rand|aed dirham dirhams|sar riyal riyals|ils ₪ shekel shekels|
egp|ngn ₦ naira|kes|ghs cedi cedis|huf forint forints|czk koruna|ron leu lei|bgn lev|uah ₴ hryvnia|kzt tenge|vnd ₫ dong|
idr rupiah|myr ringgit|php ₱|pkr|bdt taka|lkr|clp|cop|ars|pen|twd|usdt tether|usdc|busd|tusd|dai_|xrp|ada_|sol_|doge dogecoin|ltc litecoin`
  .replace(/\n/g, '')
  .split('|')) {
  const [code = '', ...names] = group.split(' ');
  for (const name of [code, ...names]) currencies.set(name, code);
}

/** The currency that a word or sign names, by its code. */
export function currencyOf(word: string): string | undefined {
  return currencies.get(word);
}
