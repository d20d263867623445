import type { AnswerChoice, AnswerParts, ToolCall } from './answer-parts.js';
import type { JsonObject } from './dialect.js';
import { asObject, asText, objectsOf, parseValue } from './json.js';

const logprobField = 'message.output_text.logprobs';

/** Reads the parts of responses. */
export const partsOfOpenAIResponses: AnswerParts = {
  formOf: (body) => {
    const format = asObject(asObject(body['text'])?.['format']);
    const choice = body['tool_choice'];
    return {
      schema:
        format?.['type'] === 'json_schema'
          ? (format['schema'] ?? true)
          : format?.['type'] === 'json_object' || undefined,
      tools: new Map(
        objectsOf(body['tools']).flatMap((tool): [string, unknown][] => {
          const name = asText(tool['name']);
          return name === undefined ? [] : [[name, tool['parameters']]];
        }),
      ),
      mustCall: choice === 'required' || asObject(choice)?.['type'] === 'function',
    };
  },
  choicesOf: (json) => [choiceOf(json)],
  logprobs: {
    areAsked: (body) => includes(body).includes(logprobField),
    asking: (body) => ({ include: [...includes(body), logprobField] }),
    without: withoutLogprobs,
  },
};

function includes(body: JsonObject): readonly unknown[] {
  return Array.isArray(body['include']) ? body['include'] : [];
}

function choiceOf(json: JsonObject): AnswerChoice {
  const items = objectsOf(json['output']);
  const parts = items.flatMap((item) => (item['type'] === 'message' ? objectsOf(item['content']) : []));
  return {
    text: parts.map((part) => asText(part['text']) ?? '').join(''),
    refused: parts.some((part) => part['type'] === 'refusal'),
    filtered: asObject(json['incomplete_details'])?.['reason'] === 'content_filter',
    toolCalls: items.filter(({ type }) => type === 'function_call' || type === 'custom_tool_call').map(toolCallOf),
    logprobs: parts.flatMap((part) =>
      objectsOf(part['logprobs']).flatMap(({ logprob }) => (typeof logprob === 'number' ? [logprob] : [])),
    ),
  };
}

function toolCallOf(item: JsonObject): ToolCall {
  return {
    name: asText(item['name']) ?? '',
    arguments: parseValue(asText(item['arguments'])),
    isFree: item['type'] === 'custom_tool_call',
  };
}

/** An event has them beside its text, in its part or item, or in the whole response; nobody else's field is touched. */
function withoutLogprobs(json: JsonObject): JsonObject {
  const bare: Record<string, unknown> = { ...json };
  if (Array.isArray(bare['logprobs'])) bare['logprobs'] = [];
  for (const field of ['response', 'item', 'part']) {
    const inner = asObject(bare[field]);
    if (inner) bare[field] = withoutLogprobs(inner);
  }
  for (const field of ['output', 'content']) {
    const list = bare[field];
    if (Array.isArray(list)) bare[field] = list.map((each: unknown) => withoutLogprobsOf(each));
  }
  return bare;
}

function withoutLogprobsOf(value: unknown): unknown {
  const object = asObject(value);
  return object ? withoutLogprobs(object) : value;
}
