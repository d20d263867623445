import type { ToolChoice } from '../engine.js';
import { LocalError } from '../local-error.js';

/** A choice of tools, where there are any; a tool that has to be called has to be there. @throws LocalError */
export function checkToolChoice(
  choice: ToolChoice,
  tools: readonly { readonly name: string }[],
): ToolChoice | undefined {
  if (tools.length === 0 && (choice === 'auto' || choice === 'none')) return undefined;
  const there = typeof choice === 'string' ? tools.length > 0 : tools.some(({ name }) => name === choice.name);
  if (there) return choice;
  throw new LocalError('invalid_request', 'tool_choice: asks for a tool that is not among tools.', {
    param: 'tool_choice',
  });
}
