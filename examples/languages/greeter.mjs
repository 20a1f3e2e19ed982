// A socket-activated service for Node.js, by koffi (npm install koffi@3).
//
//     sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- node greeter.mjs
import koffi from 'koffi';
import { constants as fs } from 'node:fs';
import net from 'node:net';
import { constants as os } from 'node:os';
import { getSystemErrorMap } from 'node:util';

const library = koffi.load('libsdnotify.so.0');
const sdn_connect = library.func('int sdn_connect(int unset_environment, _Out_ int *channel)');
const sdn_send = library.func('int sdn_send(int channel, const char *state)');
const sdn_status = library.func('int sdn_status(int channel, const char *line)');
const sdn_heartbeat_interval = library.func('int sdn_heartbeat_interval(int unset_environment, _Out_ uint64_t *usec)');
const sd_listen_fds = library.func('int sd_listen_fds(int unset_environment)');
const fcntl = koffi.load('libc.so.6').func('int fcntl(int fd, int command, ...)');
const F_SETFL = 4;

/** Says what went wrong, and goes on: the service must run without its manager too. */
function report(what, result) {
  if (result < 0) console.error(`${what}: ${getSystemErrorMap().get(result)?.join(' ') ?? result}`);
  return result;
}

// 1: the variables are removed from the environment of C, which is also that of process.env and of children. Where there
// is no service manager the channel is -1, and every send does nothing.
const address = process.env.NOTIFY_SOCKET;
const channel = [-1];
report(`sdn_connect to ${address}`, sdn_connect(1, channel));
const usec = [0];
report('WATCHDOG_USEC', sdn_heartbeat_interval(1, usec));
if (sd_listen_fds(1) !== 1) {
  throw new Error('one socket is needed: start this by a .socket unit, or with sdnotify run --listen');
}

// The loop does not wait for a manager that reads nothing. What cannot be said now is said later, the newest of each kind.
if (channel[0] >= 0) fcntl(channel[0], F_SETFL, 'int', fs.O_NONBLOCK);
const unsaid = new Map();
let retry;
function say(kind, call) {
  unsaid.set(kind, call);
  flush();
}
function flush() {
  clearTimeout(retry);
  for (const [kind, call] of unsaid) {
    const result = call();
    if (result === -os.errno.EAGAIN) {
      retry = setTimeout(flush, 100);
      return;
    }
    unsaid.delete(kind);
    report(kind, result);
  }
}

let greeted = 0;
const server = net.createServer((connection) => {
  connection.on('error', (error) => console.error(`guest: ${error.message}`));
  connection.end('Hello from Node.js\n');
  greeted += 1;
  say('status', () => sdn_status(channel[0], `${greeted} greeted ✓`));
});
server.listen({ fd: 3 }, () => {
  say('READY=1', () => sdn_send(channel[0], 'READY=1\nSTATUS=Waiting for guests'));
});
// A timer of the loop beats: when the loop is stuck, so is the beat.
if (usec[0] > 0) setInterval(() => say('WATCHDOG=1', () => sdn_send(channel[0], 'WATCHDOG=1')), Number(usec[0]) / 1000);
process.on('SIGTERM', () => {
  say('STOPPING=1', () => sdn_send(channel[0], 'STOPPING=1'));
  process.exit(0);
});
