// Preloaded by `NODE_OPTIONS=--import`: notes in a file what a process and those that it starts try on the network.
import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const file = process.env['FARTHING_NETWORK_LOG'];
const note = (what, detail) => appendFileSync(file, `${JSON.stringify({ pid: process.pid, what, detail })}\n`);

function watch(object, name, describe) {
  const original = object[name];
  object[name] = function (...args) {
    note(name, describe(args));
    return original.apply(this, args);
  };
}

/** Sockets of the file system and pipes between processes are no network. */
function place(args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === 'string' && !/^\d+$/.test(first)) return `path ${first}`;
  if (typeof first !== 'object' || first === null) return `port ${first} ${typeof args[1] === 'string' ? args[1] : ''}`;
  return first.path ? `path ${first.path}` : `port ${first.port} ${first.host ?? ''}`;
}

watch(net.Socket.prototype, 'connect', place);
watch(net.Server.prototype, 'listen', place);
for (const name of ['bind', 'connect', 'send']) watch(dgram.Socket.prototype, name, () => 'udp');
for (const module of [dns, dns.promises])
  for (const name of Object.keys(module).filter((each) => /^(lookup|resolve|reverse)/.test(each)))
    watch(module, name, ([host]) => String(host));
watch(globalThis, 'fetch', ([url]) => String(url));
// What all ways to start a process go through.
watch(childProcess.ChildProcess.prototype, 'spawn', ([{ file, args }]) => [file, ...args.slice(1)].join(' '));
syncBuiltinESMExports();
note('start', process.argv.join(' '));
