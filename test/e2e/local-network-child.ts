import { connect } from 'node:net';
import { createLocal, serve } from '@farthing/local';

/** Runs a model until its input ends. With `serve` it listens besides; with `connect` it does what it should not. */
const [mode = '', file = '', port = ''] = process.argv.slice(2);
const local = createLocal({
  models: { local: { file, threads: 1, contextTokens: 512, gpu: false } },
  trust: 'unsigned',
});
let isOver = false;
process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();

const ask = (path: string, body: object): Promise<Response> =>
  local.fetch(`http://local/v1/${path}`, { method: 'POST', body: JSON.stringify({ model: 'local', ...body }) });
const messages = [{ role: 'user', content: 'Once upon a time' }];
const served = mode === 'serve' ? await serve(local.fetch, { port: 0 }) : undefined;
const connection = mode === 'connect' ? connect(Number(port), '127.0.0.1') : undefined;
const answer = await ask('chat/completions', { messages, max_tokens: 8 });
if (!answer.ok) throw new Error(await answer.text());
process.stdout.write(`${served?.port ?? 'running'}\n`);
while (!isOver) {
  await (await ask('chat/completions', { messages, max_tokens: 200, stream: true })).text();
  await (await ask('embeddings', { input: 'a' })).text();
  await (await ask('messages', { messages, max_tokens: 8 })).text();
}
connection?.destroy();
await served?.close();
await local.close();
