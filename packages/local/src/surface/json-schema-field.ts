import { z } from 'zod';

/** What a schema may hold: a grammar of more takes so long to make that nobody else is served meanwhile. */
const [mostValues, mostInList, mostCharacters] = [20_000, 1_000, 120_000];

/** A field that holds a JSON schema of a size that a grammar can be made of. */
export const jsonSchemaField = z
  .record(z.string(), z.unknown())
  .refine(
    isModest,
    `expected a schema of at most ${mostValues} values, ${mostInList} in a list, in ${mostCharacters} characters`,
  );

function isModest(schema: object): boolean {
  let [values, characters] = [0, 0];
  const read = (value: unknown): boolean => {
    values += 1;
    if (typeof value === 'string') characters += value.length;
    if (values > mostValues || characters > mostCharacters) return false;
    if (typeof value !== 'object' || value === null) return true;
    if (Array.isArray(value)) return value.length <= mostInList && value.every(read);
    return Object.entries(value).every(([key, of]) => {
      characters += key.length;
      return read(of);
    });
  };
  return read(schema);
}
