import {
  type ChatHistoryItem,
  type ChatModelFunctionCall,
  type ChatModelFunctions,
  type ChatWrapper,
  JinjaTemplateChatWrapper,
  type LlamaModel,
  type LlamaText,
  resolveChatWrapper,
  type Token,
} from 'node-llama-cpp';
import type { ChatMessage, Prompt, Tool } from '../engine.js';
import { LocalError } from '../local-error.js';
import { grammarSchema } from './grammar-schema.js';

/** A prompt as the model reads it. */
export interface ReadyPrompt {
  readonly tokens: Token[];
  /** Tokens and texts with which its template ends a turn. */
  readonly stopTokens: ReadonlySet<Token>;
  readonly stopTexts: readonly string[];
  /** Where a template made it: what the binding's own chat needs to make it again. */
  readonly chat?: {
    readonly wrapper: ChatWrapper;
    readonly history: ChatHistoryItem[];
    readonly functions: ChatModelFunctions | undefined;
  };
}

/** The template of a model: the one that is given, else its own. `undefined`: it has none. */
export function openTemplate(model: LlamaModel, chatTemplate: string | undefined): ChatWrapper | undefined {
  if (chatTemplate !== undefined)
    return new JinjaTemplateChatWrapper({ template: chatTemplate, tokenizer: model.tokenizer });
  const own = model.fileInfo.metadata.tokenizer?.chat_template;
  return own === undefined ? undefined : resolveChatWrapper(model, { warningLogs: false });
}

/** @throws LocalError where the prompt can't be rendered */
export function renderPrompt(model: LlamaModel, template: ChatWrapper | undefined, prompt: Prompt): ReadyPrompt {
  if (prompt.kind === 'text') return plain(model, prompt.text);
  if (prompt.messages.length === 0)
    throw new LocalError('invalid_request', 'Expected at least one message, got none.', { param: 'messages' });
  const { tools = [] } = prompt;
  if (template === undefined) {
    if (tools.length > 0)
      throw new LocalError(
        'invalid_request',
        'This model has no chat template, so it can call no tools. Leave `tools` out, or give the model a `chatTemplate`.',
        { param: 'tools' },
      );
    return plain(model, prompt.messages.map(({ content }) => content).join('\n'));
  }
  const history = historyOf(prompt.messages);
  const functions = tools.length === 0 ? undefined : functionsOf(tools);
  const state = template.generateContextState({
    chatHistory: history,
    ...(functions && { availableFunctions: functions, documentFunctionParams: true }),
  });
  const stops = state.stopGenerationTriggers.map((trigger) => stopOf(model, trigger));
  return {
    tokens: state.contextText.tokenize(model.tokenizer, 'trimLeadingSpace'),
    stopTokens: new Set(stops.flatMap((stop) => (typeof stop === 'string' ? [] : [stop]))),
    stopTexts: stops.filter((stop) => typeof stop === 'string'),
    chat: { wrapper: template, history, functions },
  };
}

function plain(model: LlamaModel, text: string): ReadyPrompt {
  const tokens = model.tokenize(text, true);
  const { bos, shouldPrependBosToken } = model.tokens;
  if (bos !== null && shouldPrependBosToken && tokens[0] !== bos) tokens.unshift(bos);
  if (tokens.length === 0)
    throw new LocalError('invalid_request', 'Expected a prompt that is not empty.', { param: 'prompt' });
  return { tokens, stopTokens: new Set(), stopTexts: [] };
}

/** One token where the model has one for it, else its text. */
function stopOf(model: LlamaModel, trigger: LlamaText): Token | string {
  const tokens = trigger.tokenize(model.tokenizer);
  const [only] = tokens;
  return tokens.length === 1 && only !== undefined && model.isSpecialToken(only)
    ? only
    : model.detokenize(tokens, true);
}

/** The binding keeps calls of tools and their results inside the model's own turn. */
function historyOf(messages: readonly ChatMessage[]): ChatHistoryItem[] {
  const history: ChatHistoryItem[] = [];
  const calls = new Map<string, ChatModelFunctionCall>();
  const modelTurn = () => {
    const last = history.at(-1);
    if (last?.type === 'model') return last;
    const turn: Extract<ChatHistoryItem, { type: 'model' }> = { type: 'model', response: [] };
    history.push(turn);
    return turn;
  };
  for (const message of messages) {
    if (message.role === 'tool') {
      const call = calls.get(message.toolCallId);
      if (!call)
        throw new LocalError(
          'invalid_request',
          'Expected each message of a tool to answer a call in an earlier message of the assistant, got one that does not.',
          { param: 'messages' },
        );
      call.result = parsed(message.content);
    } else if (message.role === 'assistant') {
      const turn = modelTurn();
      if (message.content !== '') turn.response.push(message.content);
      for (const [at, { id, name, arguments: text }] of (message.toolCalls ?? []).entries()) {
        const call: ChatModelFunctionCall = {
          type: 'functionCall',
          name,
          params: parsed(text),
          result: undefined,
          startsNewChunk: at === 0,
        };
        calls.set(id, call);
        turn.response.push(call);
      }
    } else history.push({ type: message.role === 'system' ? 'system' : 'user', text: message.content });
  }
  modelTurn();
  return history;
}

function functionsOf(tools: readonly Tool[]): ChatModelFunctions {
  return Object.fromEntries(
    tools.map(({ name, description, parameters }, at) => [
      name,
      {
        ...(description !== undefined && { description }),
        // What `grammarSchema` lets through is what the binding's type describes.
        ...(parameters && { params: grammarSchema(parameters, `tools[${at}].parameters`) as never }),
      },
    ]),
  );
}

/** JSON where it is JSON that can be written again, which what is very deep can't, else the text. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    JSON.stringify(value);
    return value;
  } catch {
    return text;
  }
}
