/** Numbers as words. */
export const cardinals: ReadonlyMap<string, number> = new Map(
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
  eighteen nineteen`
    .split(/\s+/)
    .map((word, value): [string, number] => [word, value])
    .concat(
      'twenty thirty forty fifty sixty seventy eighty ninety'
        .split(' ')
        .map((word, i): [string, number] => [word, (i + 2) * 10]),
      [
        ['fourty', 40],
        ['fourtyfive', 45],
      ],
    ),
);

export const ordinals: ReadonlyMap<string, number> = new Map(
  `third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
  seventeenth eighteenth nineteenth twentieth`
    .split(/\s+/)
    .map((word, i): [string, number] => [word, i + 3])
    .concat([
      ['thirtieth', 30],
      ['fortieth', 40],
      ['fiftieth', 50],
      ['hundredth', 100],
      ['thousandth', 1000],
    ]),
);

export const multipliers: ReadonlyMap<string, number> = new Map([
  ['hundred', 100],
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
  ['dozen', 12],
  ['lakh', 1e5],
  ['lakhs', 1e5],
  ['crore', 1e7],
]);

export const months: readonly string[] =
  'january february march april may june july august september october november december'.split(' ');

export const weekdays: readonly string[] = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

const shortMonths = new Map<string, number>();
for (const [index, month] of months.entries()) {
  shortMonths.set(month, index + 1);
  shortMonths.set(month.slice(0, 3), index + 1);
}
shortMonths.set('sept', 9);

/** 1 to 12 for a month's name or its abbreviation. */
export function monthOf(word: string): number | undefined {
  return shortMonths.get(word);
}

const shortWeekdays = new Map<string, number>();
for (const [index, day] of weekdays.entries()) {
  shortWeekdays.set(day, index);
  shortWeekdays.set(`${day}s`, index);
}
for (const [short, index] of [
  ['mon', 1],
  ['tue', 2],
  ['tues', 2],
  ['wed', 3],
  ['thu', 4],
  ['thur', 4],
  ['thurs', 4],
  ['fri', 5],
  ['sat', 6],
] as const)
  shortWeekdays.set(short, index);

/** 0 to 6 for a weekday's name or its abbreviation. */
export function weekdayOf(word: string): number | undefined {
  return shortWeekdays.get(word);
}

/** A small whole number, in digits or as a word. */
export function smallNumber(word: string): number | undefined {
  if (/^\d{1,2}$/.test(word)) return Number(word);
  return cardinals.get(word);
}
