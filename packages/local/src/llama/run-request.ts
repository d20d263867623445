import type { Ending, Generation, Piece } from '../engine.js';
import { LocalError } from '../local-error.js';
import { forcedTools } from './answer-grammar.js';
import type { MachineShare } from './machine-share.js';
import type { OpenModel } from './open-model.js';
import { openTemplate, type ReadyPrompt, renderPrompt } from './prompt.js';
import { createSlots } from './slots.js';
import { createTokenTexts } from './token-text.js';
import { writeAsChat } from './write-as-chat.js';
import { type Writing, writeDirectly } from './write-directly.js';

/** Runs one request from its prompt to its last piece. */
export type RunRequest = (request: Generation, emit: (piece: Piece) => void, signal: AbortSignal) => Promise<void>;

/** What is done with prompts of an open model. */
export interface Runner {
  readonly run: RunRequest;
  readonly render: (prompt: Generation['prompt']) => ReadyPrompt;
}

export function createRunner(
  { llama, model, context, facts }: OpenModel,
  settings: { readonly chatTemplate?: string; readonly share: MachineShare; readonly random: () => number },
): Runner {
  const template = openTemplate(model, settings.chatTemplate);
  const slots = createSlots(context);
  const tokenText = createTokenTexts(model);
  const render = (prompt: Generation['prompt']): ReadyPrompt => renderPrompt(model, template, prompt);

  return {
    render,
    run: async (request, emit, signal) => {
      if (!writes(model)) throw onlyEmbeds();
      refuseHuge(request.prompt, facts.contextTokens);
      const prompt = render(request.toolChoice === 'none' ? withoutTools(request.prompt) : request.prompt);
      const room = facts.contextTokens - prompt.tokens.length;
      if (room < 1) throw tooLong(prompt.tokens.length, facts.contextTokens);
      const leave = settings.share.enter();
      const slot = await slots.read(prompt.tokens, signal).catch((error: unknown) => {
        leave();
        throw error;
      });
      let written: Omit<Ending, 'work' | 'promptTokens' | 'cachedTokens'>;
      let work: Ending['work'];
      try {
        const limit = Math.min(request.maxTokens ?? room, room);
        const writing: Writing = {
          llama,
          model,
          slot,
          prompt,
          request,
          limit,
          emit,
          signal,
          random: settings.random,
          tokenText,
        };
        written = isMoreThanText(prompt, request)
          ? await writeAsChat(writing, prompt.chat)
          : await writeDirectly(writing);
      } catch (error) {
        // What it holds may not be what it says that it holds.
        if (!signal.aborted) await slot.sequence.clearHistory().catch(() => {});
        throw error;
      } finally {
        slot.release();
        work = leave();
      }
      emit({
        kind: 'end',
        ...written,
        promptTokens: prompt.tokens.length,
        cachedTokens: slot.cachedTokens,
        work,
      });
    },
  };
}

/** Whether it goes on from a text: an encoder sees all of it at once, and can only embed it. */
function writes(model: OpenModel['model']): boolean {
  // Entries of the file, under a name that is the file's own.
  const own = (model.fileInfo.metadata as Readonly<Record<string, { attention?: { causal?: boolean } } | undefined>>)[
    model.architecture
  ];
  return own?.attention?.causal !== false;
}

function onlyEmbeds(): LocalError {
  return new LocalError(
    'invalid_request',
    'Expected a model that writes, got one that was made for embeddings alone.',
    {
      param: 'model',
    },
  );
}

/** Whether the answer may hold calls that the model decides on, or a chain of thought. */
function isMoreThanText(
  prompt: ReadyPrompt,
  request: Generation,
): prompt is ReadyPrompt & { readonly chat: NonNullable<ReadyPrompt['chat']> } {
  if (prompt.chat === undefined || forcedTools(request)) return false;
  return prompt.chat.functions !== undefined || prompt.chat.wrapper.settings.segments?.thought !== undefined;
}

function withoutTools(prompt: Generation['prompt']): Generation['prompt'] {
  return prompt.kind === 'text' ? prompt : { kind: 'chat', messages: prompt.messages };
}

/** So many characters can't be one token: what is longer is not read to count its tokens, which would keep others waiting. */
const charactersInToken = 256;

function refuseHuge(prompt: Generation['prompt'], contextTokens: number): void {
  const texts = prompt.kind === 'text' ? [prompt.text] : prompt.messages.map(({ content }) => content);
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  if (characters > contextTokens * charactersInToken)
    throw tooLong(`more than ${Math.floor(characters / charactersInToken)}`, contextTokens);
}

function tooLong(tokens: number | string, contextTokens: number): LocalError {
  return new LocalError(
    'context_length_exceeded',
    `Expected a prompt of fewer than ${contextTokens} tokens, which is the model's context here, got ${tokens}. Shorten it, or raise \`contextTokens\`.`,
    { param: 'messages' },
  );
}
