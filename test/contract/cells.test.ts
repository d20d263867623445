import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { behaviours } from './behaviours.js';
import { elsewhere, losses, lossOf, notApplicable, skipOf, skips } from './cells.js';
import type { Stack } from './stack.js';
import { stacks } from './stacks.js';

type Kind = 'in the matrix' | 'elsewhere' | 'lost by the stack itself' | 'not applicable';

const numbers = Array.from({ length: 24 }, (_, index) => index + 1);

/** All that holds for a cell; it should be one. */
function kindsOf(number: number, stack: Stack): Kind[] {
  const checks = behaviours.filter((each) => each.number === number && each.appliesTo(stack) && !skipOf(stack, each));
  const kinds: Kind[] = [];
  if (checks.some((each) => !lossOf(stack, each))) kinds.push('in the matrix');
  else if (checks.length > 0) kinds.push('lost by the stack itself');
  if (elsewhere.some((each) => each.number === number && each.of(stack))) kinds.push('elsewhere');
  if (notApplicable.some((each) => each.numbers.includes(number) && each.of(stack))) kinds.push('not applicable');
  return kinds;
}

it('every cell of 24 behaviours and 16 stacks is tested, or named with its reason', () => {
  const cells = numbers.flatMap((number) =>
    stacks.map((stack) => ({ cell: `${number} on ${stack.name}`, kinds: kindsOf(number, stack) })),
  );
  expect(cells.filter(({ kinds }) => kinds.length !== 1)).toEqual([]);
  const count = (kind: Kind): number => cells.filter(({ kinds }) => kinds[0] === kind).length;
  const checks = stacks.flatMap((stack) => behaviours.filter((each) => each.appliesTo(stack) && !skipOf(stack, each)));
  const counts = {
    'in the matrix': count('in the matrix'),
    elsewhere: count('elsewhere'),
    'lost by the stack itself': count('lost by the stack itself'),
    'not applicable': count('not applicable'),
    'checks in the matrix, each with features off and on': checks.length,
  };
  console.info(
    [
      `The contract: ${cells.length} cells of ${numbers.length} behaviours and ${stacks.length} stacks.`,
      ...Object.entries(counts).map(([kind, number]) => `  ${number} ${kind}`),
      'Not applicable:',
      ...notApplicable.map(
        ({ numbers: which, of, reason }) => `  ${which.join(', ')} on ${stacks.filter(of).length} stacks: ${reason}`,
      ),
      'Lost by the stack itself, and compared by its failure:',
      ...losses.map(({ titles, of, reason }) => `  ${titles.join(', ')} on ${stacks.filter(of).length}: ${reason}`),
      'Not asked:',
      ...skips.map(({ titles, of, reason }) => `  ${titles.join(', ')} on ${stacks.filter(of).length}: ${reason}`),
    ].join('\n'),
  );
  expect(cells.length).toBe(384);
  expect(counts).toEqual({
    'in the matrix': 275,
    elsewhere: 50,
    'lost by the stack itself': 10,
    'not applicable': 49,
    'checks in the matrix, each with features off and on': 784,
  });
});

it('no exception is about what does not exist', () => {
  for (const { titles, of } of [...losses, ...skips])
    for (const title of titles)
      expect(
        stacks.some((stack) => of(stack) && behaviours.some((each) => each.title === title && each.appliesTo(stack))),
        title,
      ).toBe(true);
});

it('what is tested elsewhere is there', () => {
  for (const { file, title } of elsewhere)
    expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), title).toMatch(
      new RegExp(`\\(\\s*['\`]${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}['\`]`),
    );
});
