import type { AnswerParts } from './answer-parts.js';
import { asObject, asText, objectsOf } from './json.js';

/** Reads the parts of Anthropic's messages. */
export const partsOfAnthropicMessages: AnswerParts = {
  formOf: (body) => {
    const format = asObject(body['output_format']) ?? asObject(asObject(body['output_config'])?.['format']);
    const choice = asObject(body['tool_choice'])?.['type'];
    return {
      schema: format?.['type'] === 'json_schema' ? (format['schema'] ?? true) : undefined,
      tools: new Map(
        objectsOf(body['tools']).flatMap((tool): [string, unknown][] => {
          const name = asText(tool['name']);
          return name === undefined ? [] : [[name, tool['input_schema']]];
        }),
      ),
      mustCall: choice === 'any' || choice === 'tool',
    };
  },
  choicesOf: (json) => {
    const blocks = objectsOf(json['content']);
    return [
      {
        text: blocks.map((block) => (block['type'] === 'text' ? (asText(block['text']) ?? '') : '')).join(''),
        refused: json['stop_reason'] === 'refusal',
        filtered: false,
        toolCalls: blocks
          .filter(({ type }) => type === 'tool_use')
          .map((block) => ({ name: asText(block['name']) ?? '', arguments: block['input'], isFree: false })),
        logprobs: [],
      },
    ];
  },
  logprobs: undefined,
};
