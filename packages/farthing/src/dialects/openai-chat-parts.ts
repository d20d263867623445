import type { AnswerChoice, AnswerParts, ToolCall } from './answer-parts.js';
import type { JsonObject } from './dialect.js';
import { asObject, asText, objectsOf, parseValue } from './json.js';

/** Reads the parts of chat completions. */
export const partsOfOpenAIChat: AnswerParts = {
  formOf: (body) => {
    const format = asObject(body['response_format']);
    const choice = body['tool_choice'];
    return {
      schema:
        format?.['type'] === 'json_schema'
          ? (asObject(format['json_schema'])?.['schema'] ?? true)
          : format?.['type'] === 'json_object' || undefined,
      tools: new Map(
        [
          ...objectsOf(body['tools']).map((tool) => asObject(tool['function']) ?? asObject(tool['custom'])),
          ...objectsOf(body['functions']),
        ].flatMap((tool): [string, unknown][] => {
          const name = asText(tool?.['name']);
          return name === undefined ? [] : [[name, tool?.['parameters']]];
        }),
      ),
      mustCall: choice === 'required' || asObject(choice)?.['type'] === 'function',
    };
  },
  choicesOf: (json) => objectsOf(json['choices']).map(choiceOf),
  logprobs: {
    areAsked: (body) => body['logprobs'] === true,
    asking: () => ({ logprobs: true }),
    without: (json) => ({
      ...json,
      choices: objectsOf(json['choices']).map((choice) =>
        'logprobs' in choice ? { ...choice, logprobs: null } : choice,
      ),
    }),
  },
};

function choiceOf(choice: JsonObject): AnswerChoice {
  const message = asObject(choice['message']);
  const logprobs = asObject(choice['logprobs']);
  const legacy = asObject(message?.['function_call']);
  return {
    text: textOf(message?.['content']) ?? asText(asObject(message?.['audio'])?.['transcript']) ?? '',
    refused: (asText(message?.['refusal']) ?? '') !== '',
    filtered: choice['finish_reason'] === 'content_filter',
    toolCalls: [
      ...objectsOf(message?.['tool_calls']).map((call) => toolCallOf(call)),
      ...(legacy ? [toolCallOf({ function: legacy })] : []),
    ],
    logprobs: objectsOf(logprobs?.['content']).flatMap(({ logprob }) => (typeof logprob === 'number' ? [logprob] : [])),
  };
}

function toolCallOf(call: JsonObject): ToolCall {
  const called = asObject(call['function']);
  return {
    name: asText((called ?? asObject(call['custom']))?.['name']) ?? '',
    arguments: parseValue(asText(called?.['arguments'])),
    isFree: !called,
  };
}

/** Some servers give content in parts. */
function textOf(content: unknown): string | undefined {
  if (!Array.isArray(content)) return asText(content);
  return objectsOf(content)
    .map((part) => asText(part['text']) ?? '')
    .join('');
}
