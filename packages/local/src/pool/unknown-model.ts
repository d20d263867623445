import { LocalError } from '../local-error.js';

/** Names that a message lists. */
const mostNames = 20;

/** Somebody asked for a model that is not there. */
export function unknownModel(names: Iterable<string>): LocalError {
  return new LocalError(
    'model_not_found',
    `Expected \`model\` to be one of those here (${[...names].slice(0, mostNames).join(', ')}), got another name.`,
    { param: 'model' },
  );
}
