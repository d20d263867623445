import type { Llama, LlamaGrammar } from 'node-llama-cpp';
import type { Generation, JsonSchema, Tool } from '../engine.js';
import { isLocalError, LocalError } from '../local-error.js';
import { grammarSchema } from './grammar-schema.js';

/** The grammar that an answer has to keep to, if there is one. @throws LocalError for a schema that no grammar can hold */
export async function answerGrammar(llama: Llama, request: Generation): Promise<LlamaGrammar | undefined> {
  const tools = forcedTools(request);
  if (tools) return forSchema(llama, callSchema(tools), 'tools');
  if (request.format?.kind === 'json') return llama.getGrammarFor('json');
  if (request.format?.kind === 'schema')
    return forSchema(llama, grammarSchema(request.format.schema, 'response_format'), 'response_format');
  return undefined;
}

/** The tools of which one has to be called. */
export function forcedTools({ prompt, toolChoice = 'auto' }: Generation): readonly Tool[] | undefined {
  if (prompt.kind !== 'chat' || toolChoice === 'auto' || toolChoice === 'none') return undefined;
  const { tools = [] } = prompt;
  const forced = toolChoice === 'required' ? tools : tools.filter(({ name }) => name === toolChoice.name);
  if (forced.length === 0)
    throw new LocalError('invalid_request', 'Expected `tool_choice` to name one of `tools`, got another.', {
      param: 'tool_choice',
    });
  return forced;
}

/** A call as JSON: the name of one of the tools, with what that one takes. */
function callSchema(tools: readonly Tool[]): JsonSchema {
  const each = tools.map(({ name, parameters = { type: 'object', properties: {} } }, at) => ({
    type: 'object',
    properties: { name: { const: name }, arguments: grammarSchema(parameters, `tools[${at}].parameters`) },
  }));
  const [only] = each;
  return each.length === 1 && only ? only : { oneOf: each };
}

async function forSchema(llama: Llama, schema: JsonSchema, param: string): Promise<LlamaGrammar> {
  try {
    // What `grammarSchema` lets through is what the binding's type describes.
    return await withSoundNumbers(llama, await llama.createGrammarForJsonSchema(schema as never));
  } catch (error) {
    if (isLocalError(error)) throw error;
    // Its own words may quote the schema.
    throw new LocalError('invalid_request', `Expected \`${param}\` to hold a schema that a grammar can hold.`, {
      param,
    });
  }
}

/**
 * Numbers of the binding's grammars may have any exponent, whole ones as well: `1e999` is read as infinity, and `5e-3` is not
 * whole. Here a whole number has none, and no more digits than a double holds.
 */
async function withSoundNumbers(llama: Llama, grammar: LlamaGrammar): Promise<LlamaGrammar> {
  const text = grammar.grammar
    .replace(/^integer-number-rule ::= .*$/m, 'integer-number-rule ::= "-"? ("0" | [1-9] [0-9]{0,14})')
    .replace(
      /^fractional-number-rule ::= .*$/m,
      'fractional-number-rule ::= "-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?',
    );
  return text === grammar.grammar ? grammar : llama.createGrammar({ grammar: text });
}
